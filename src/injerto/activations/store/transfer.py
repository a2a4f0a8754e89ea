"""Entries of the store as one folder, for another machine: what frozen layers gave is the same there."""

import shutil
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from injerto.activations.store.entry import StoreKey
from injerto.activations.store.segment import DamagedSegmentError, Segment
from injerto.activations.store.store import ActivationStore
from injerto.core.atomic import changed_files, new_folder, read_manifest, write_file
from injerto.core.errors import DataError

_ENTRY_NAME: Final = "entry.json"


def export_entries(store: ActivationStore, path: Path) -> int:
    """Write every entry to a new folder, complete or absent; returns how many there are."""
    entries = store.list_entries()
    with new_folder(path) as folder:
        for entry in entries:
            source, target = store.folder / entry.name, folder / entry.name
            target.mkdir()
            shutil.copyfile(source / _ENTRY_NAME, target / _ENTRY_NAME)
            for file in sorted(source.glob("*.safetensors")):
                shutil.copyfile(file, target / file.name)
    return len(entries)


def import_entries(store: ActivationStore, path: Path) -> int:
    """Add the entries of an exported folder; returns how many examples they hold.

    Nothing is believed: files have to be as the manifest says, segments whole down to every value, and an entry named
    after its own key. Raises `DataError`, and then nothing was added.
    """
    manifest = read_manifest(path)
    if manifest is None:
        raise DataError("cache-no-export", path=path)
    if changed := changed_files(path, manifest):
        raise DataError("cache-damaged", path=path / changed[0])
    found: dict[str, list[Segment]] = {}
    for name in manifest.files:
        file = path / name
        entry, _, rest = name.partition("/")
        if "/" in rest or not rest or file.is_symlink():
            raise DataError("cache-damaged", path=file)
        if rest == _ENTRY_NAME:
            _check_key(file, entry)
        else:
            found.setdefault(entry, []).append(_check_segment(file))
    for entry, segments in sorted(found.items()):
        folder = store.folder / entry
        for segment in segments:
            write_file(folder / segment.path.name, segment.path.read_bytes())
        if not (folder / _ENTRY_NAME).is_file():
            write_file(folder / _ENTRY_NAME, (path / entry / _ENTRY_NAME).read_bytes())
    return sum(len(segment) for segments in found.values() for segment in segments)


def _check_key(file: Path, entry: str) -> None:
    try:
        key = StoreKey.from_json(file.read_bytes())
    except ValidationError as error:
        raise DataError("cache-damaged", path=file) from error
    if key.digest() != entry:
        raise DataError("cache-damaged", path=file)


def _check_segment(file: Path) -> Segment:
    try:
        segment = Segment.open(file)
    except DamagedSegmentError as error:
        raise DataError("cache-damaged", path=file) from error
    if file.suffix != ".safetensors" or not segment.verify(range(len(segment))):
        raise DataError("cache-damaged", path=file)
    return segment
