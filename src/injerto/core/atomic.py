"""All writes: a hidden name first, flushed to disk, then renamed; a folder appears complete or not at all."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from injerto.core.errors import InjertoError, ResourceError, UsageError
from injerto.core.hashing import digest_file, digest_json
from injerto.core.record import Record

MANIFEST_NAME = "manifest.json"


class Manifest(Record):
    """The SHA-256 of every file of a folder; its presence means that the folder is complete."""

    files: dict[str, str]
    seal: str | None = None
    """SHA-256 of `files`: tells a changed manifest from a changed file. None in folders that were written before it."""

    def is_whole(self) -> bool:
        """Whether the manifest itself is as it was written."""
        return self.seal is None or self.seal == digest_json(self.files)


def write_file(path: Path, content: bytes | str) -> None:
    """Replace `path` by `content`, its folder made where there is none; a reader sees the old file or the new one."""
    temporary = _hidden_sibling(path)
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as stream:
                stream.write(content.encode("utf-8") if isinstance(content, str) else content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def append_line(path: Path, line: str) -> None:
    """Add one line to a file of lines. One that a full disk cut off before stays the only damaged one.

    Writers of several processes hold a lock of theirs meanwhile.
    """
    with explained(path), path.open("a+b") as stream:
        if stream.seek(0, os.SEEK_END):
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":
                line = f"\n{line}"
        stream.write(f"{line}\n".encode())
        stream.flush()
        os.fsync(stream.fileno())


@contextmanager
def new_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a hidden folder to fill; on success it gets its manifest and is renamed to `path`.

    An exception, or the death of the process, leaves `path` as it was. Raises `UsageError` when `path` exists and
    `overwrite` is false.
    """
    check_free(path, overwrite=overwrite)
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _hidden_sibling(path)
        temporary.mkdir(mode=0o700)
        try:
            yield temporary
            _seal(temporary)
            _swap(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def check_free(path: Path, *, overwrite: bool = False) -> None:
    """Raise `UsageError` where `new_folder` would; called before long work, so that it is not lost at its end."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UsageError("out-not-folder", path=path)
    if path.exists() and any(path.iterdir()):
        if not overwrite:
            raise UsageError("out-exists", path=path)
        if not (path / MANIFEST_NAME).is_file():
            # Overwriting deletes: only a folder that injerto wrote may go.
            raise UsageError("out-not-ours", path=path)


def read_manifest(path: Path) -> Manifest | None:
    """The manifest of a folder, or None where there is none: the folder is then not complete."""
    file = path / MANIFEST_NAME
    return Manifest.from_json(file.read_bytes()) if file.is_file() else None


def changed_files(path: Path, manifest: Manifest) -> list[str]:
    """Names in the manifest whose file is missing or whose bytes are other than written; empty when all is well."""
    return [
        name
        for name, digest in sorted(manifest.files.items())
        if not (path / name).is_file() or digest_file(path / name) != digest
    ]


def _seal(folder: Path) -> None:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    for file in files:
        file.chmod(0o644)  # Some libraries write for the owner alone; a finished folder is for whoever is given it.
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    digests = {file.relative_to(folder).as_posix(): digest_file(file) for file in files}
    manifest = Manifest(files=digests, seal=digest_json(digests))
    write_file(folder / MANIFEST_NAME, manifest.to_json())


def _swap(new: Path, path: Path) -> None:
    if path.exists():
        # A folder cannot be renamed over another: the old one steps aside, and comes back if the rename fails.
        old = _hidden_sibling(path)
        path.rename(old)
        try:
            new.rename(path)
        except OSError:
            old.rename(path)
            raise
        shutil.rmtree(old, ignore_errors=True)
    else:
        new.rename(path)
    path.chmod(0o755)
    _sync_folder(path.parent)


def _hidden_sibling(path: Path) -> Path:
    return path.parent / f".{path.name[:80]}.{secrets.token_hex(6)}.partial"


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder; its rename is durable without.
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say a full disk and a missing permission in one line; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ResourceError("disk-full", path=path) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise UsageError("not-writable", path=path) from error
        raise
    except Exception as error:
        # safetensors writes in Rust, and its error holds the system's words alone.
        if "No space left on device" in str(error) and not isinstance(error, InjertoError):
            raise ResourceError("disk-full", path=path) from error
        raise
