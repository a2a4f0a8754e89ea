"""Every file of an artifact against its manifest; nothing is loaded, and no torch imported."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from injerto.core.atomic import MANIFEST_NAME, Manifest, read_manifest
from injerto.core.errors import UsageError
from injerto.core.hashing import digest_file
from injerto.core.verification import CheckedFile, FileState, Verification


def verify_artifact(path: Path) -> Verification:
    """Compare every file with the SHA-256 that was written last; raises `UsageError` where there is no folder.

    One changed bit makes exactly one file `changed`, the manifest itself included: it carries a digest of its own.
    What this cannot see is a folder whose files and manifest were both written anew: compare the digest of
    `manifest.json` with one that came another way.
    """
    if not path.is_dir():
        raise UsageError("artifact-missing", path=path)
    manifest = _readable_manifest(path)
    files = sorted(_check(path, manifest), key=lambda file: (file.state is FileState.FINE, file.name))
    read = [file for file in files if file.state in (FileState.FINE, FileState.CHANGED)]
    return Verification(
        model=str(path),
        fine=all(file.state is FileState.FINE for file in files),
        num_files=0 if manifest is None else len(manifest.files),
        num_bytes=sum((path / file.name).stat().st_size for file in read),
        files=tuple(files),
    )


def _readable_manifest(path: Path) -> Manifest | None:
    """None where it is missing, cannot be read, or was changed: then it says nothing about the other files."""
    if (path / MANIFEST_NAME).is_symlink():
        return None
    try:
        manifest = read_manifest(path)
    except ValidationError:
        return None
    return manifest if manifest is not None and manifest.is_whole() else None


def _check(path: Path, manifest: Manifest | None) -> Iterator[CheckedFile]:
    yield CheckedFile(name=MANIFEST_NAME, state=_state_of_manifest(path, manifest))
    if manifest is None:
        return
    for name, digest in manifest.files.items():
        yield CheckedFile(name=name, state=_state(path, name, digest))
    known = {MANIFEST_NAME, *manifest.files}
    for file in path.rglob("*"):
        name = file.relative_to(path).as_posix()
        if name not in known and (file.is_symlink() or not file.is_dir()):
            yield CheckedFile(name=name, state=FileState.LINK if file.is_symlink() else FileState.EXTRA)


def _state_of_manifest(path: Path, manifest: Manifest | None) -> FileState:
    if manifest is not None:
        return FileState.FINE
    file = path / MANIFEST_NAME
    if file.is_symlink():
        return FileState.LINK
    return FileState.CHANGED if file.is_file() else FileState.MISSING


def _state(path: Path, name: str, digest: str) -> FileState:
    if Path(name).is_absolute() or ".." in Path(name).parts:
        return FileState.OUTSIDE
    file = path / name
    if any(part.is_symlink() for part in (file, *file.parents) if part.is_relative_to(path) and part != path):
        return FileState.LINK
    if not file.is_file():
        return FileState.MISSING
    return FileState.FINE if digest_file(file) == digest else FileState.CHANGED
