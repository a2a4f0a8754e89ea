"""What an artifact says of folders of the machine that trained it: names, and where its backbone lies seen from it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Final, TypeVar

from injerto.core.atomic import write_file
from injerto.core.paths import injerto_home
from injerto.core.record import Record

BESIDE: Final = "beside:"
"""Before a path as seen from the artifact's folder."""
_ARCH_MARK: Final = "::"
_KNOWN: Final = "local-backbones.json"
_Kept = TypeVar("_Kept", bound=Record)


def is_local(spec: str) -> bool:
    """Whether a backbone was loaded from a path of this machine."""
    return PurePath(spec.partition(_ARCH_MARK)[0]).is_absolute()


def name_of(path: str) -> str:
    """The last part of a path; an architecture behind it stays."""
    place, mark, arch = path.partition(_ARCH_MARK)
    return f"{PurePath(place).name}{mark}{arch}"


def without_folders(record: _Kept, names: Mapping[str, str]) -> _Kept:
    """The record with each path wherever it stands, in sentences too, replaced by its name."""
    text = record.model_dump_json()
    for path in sorted(names, key=len, reverse=True):
        text = text.replace(
            json.dumps(path, ensure_ascii=False)[1:-1], json.dumps(names[path], ensure_ascii=False)[1:-1]
        )
    return type(record).model_validate_json(text)


def spec_beside(spec: str, artifact: Path) -> str:
    """The spec of a local backbone as seen from the artifact, where the two share a folder below the root.

    Else its name alone: a way through the root would spell the folders of this machine. It is found again there, or
    by its digest among those that this machine remembers.
    """
    place, mark, arch = spec.partition(_ARCH_MARK)
    home, target = artifact.resolve(), Path(place)
    try:
        shared = Path(os.path.commonpath([home, target]))
    except ValueError:  # Two drives.
        shared = Path(target.anchor)
    if shared == Path(shared.anchor):
        return f"{BESIDE}../{target.name}{mark}{arch}"
    return f"{BESIDE}{Path(os.path.relpath(target, home)).as_posix()}{mark}{arch}"


def find_spec(spec: str, artifact: Path, digest: str) -> str:
    """What loads the backbone of an artifact: a place seen from it, else where this machine saw the digest last."""
    if not spec.startswith(BESIDE):
        return spec
    place, mark, arch = spec.removeprefix(BESIDE).partition(_ARCH_MARK)
    beside = Path(os.path.normpath(artifact.resolve() / place))
    known = _read_known().get(digest)
    if not beside.exists() and known is not None and Path(known.partition(_ARCH_MARK)[0]).exists():
        return known
    return f"{beside}{mark}{arch}"


def remember(spec: str, digest: str) -> None:
    """Keep where a local backbone lies, in the cache of this machine and nowhere else."""
    known = _read_known()
    if known.get(digest) != spec:
        folder = injerto_home()
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / _KNOWN, json.dumps(known | {digest: spec}, indent=1, sort_keys=True))


def _read_known() -> dict[str, str]:
    try:
        content = json.loads((injerto_home() / _KNOWN).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # It is a cache: without it backbones are looked for beside their artifacts.
        return {}
    return {str(key): str(value) for key, value in content.items()} if isinstance(content, dict) else {}
