"""What a folder holds, without the clutter that operating systems leave in it."""

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from injerto.core.errors import DataError
from injerto.core.survey import Modality
from injerto.data.image_formats import REFUSED_SUFFIXES, SUFFIXES, sniff_format
from injerto.data.sound_formats import REFUSED_SOUND_SUFFIXES, SOUND_SUFFIXES, looks_like_sound_file

_CLUTTER: Final = frozenset({"__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db", "@eadir", "__pycache__", "icon\r"})


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """The entries of one folder, each kind sorted."""

    folders: tuple[Path, ...]
    images: tuple[Path, ...]
    """Also what only calls itself an image: a damaged file, a dead link, a folder named x.jpg."""
    sounds: tuple[Path, ...]
    texts: tuple[Path, ...]
    others: tuple[Path, ...]

    def files(self, modality: Modality) -> tuple[Path, ...]:
        """The files that can be examples of `modality`."""
        return {Modality.IMAGE: self.images, Modality.AUDIO: self.sounds, Modality.TEXT: self.texts}[modality]


def list_folder(folder: Path) -> Listing:
    """List one folder, not what is below it; raises `DataError` when it cannot be read."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: sort_key(entry.name))
    except OSError as error:
        raise DataError("path-unreadable", path=folder, reason=error.strerror or type(error).__name__) from error
    folders: list[Path] = []
    images: list[Path] = []
    sounds: list[Path] = []
    texts: list[Path] = []
    others: list[Path] = []
    for entry in entries:
        if entry.name.startswith(".") or entry.name.lower() in _CLUTTER:
            continue
        path = folder / entry.name
        suffix = path.suffix.lower()
        if suffix in SUFFIXES or suffix in REFUSED_SUFFIXES:
            images.append(path)
        elif suffix in SOUND_SUFFIXES or suffix in REFUSED_SOUND_SUFFIXES:
            sounds.append(path)
        elif entry.is_dir():
            folders.append(path)
        elif not suffix and entry.is_file() and sniff_format(_head(path)):
            images.append(path)
        elif not suffix and entry.is_file() and looks_like_sound_file(_head(path)):
            sounds.append(path)
        elif suffix == ".txt":
            texts.append(path)
        else:
            others.append(path)
    return Listing(
        folders=tuple(folders),
        images=tuple(images),
        sounds=tuple(sounds),
        texts=tuple(texts),
        others=tuple(others),
    )


def walk_folders(root: Path) -> Iterator[tuple[Path, Listing]]:
    """Every folder below `root` with its listing, parents first; links that lead back up are not followed."""
    yield from _walk(list_folder(root), (root.resolve(),))


def sort_key(name: str) -> tuple[str, str]:
    """An order of names that is the same under every locale and file system.

    Names that look alike (composed and decomposed accents) come together; the name itself settles ties.
    """
    return unicodedata.normalize("NFC", name), name


def find_inner(folder: Path) -> Path:
    """The folder that really holds the data: `folder`, or the inner one where an archive wrapped it in others."""
    listing = list_folder(folder)
    while len(listing.folders) == 1 and not listing.images and not listing.sounds:
        inner = list_folder(listing.folders[0])
        if not inner.folders:
            break
        folder, listing = listing.folders[0], inner
    return folder


def _walk(listing: Listing, above: tuple[Path, ...]) -> Iterator[tuple[Path, Listing]]:
    for folder in listing.folders:
        place = folder.resolve()
        if place in above:
            continue
        inner = list_folder(folder)
        yield folder, inner
        yield from _walk(inner, (*above, place))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(132)
    except OSError:
        return b""  # Without an ending and unreadable, nothing says that it is an image.
