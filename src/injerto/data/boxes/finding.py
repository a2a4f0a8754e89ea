"""Where the picture lies that an annotation names, and which split a file or folder name speaks of."""

import re
from pathlib import Path
from typing import Final

from injerto.core.survey import Split
from injerto.data.split_names import split_named
from injerto.data.text_encoding import read_text_file

_IMAGE_FOLDERS: Final = ("images", "JPEGImages", "image", "imgs", "img")


def split_in_name(name: str) -> Split | None:
    """The split that a part of a name tells.

    >>> split_in_name("instances_val2017"), split_in_name("annotations_train"), split_in_name("labels")
    ('tune', 'train', None)
    """
    parts = [part for part in re.split(r"[^a-zA-Zñáéíóú]+", name) if part]
    found = {split for part in parts if (split := split_named(part)) is not None}
    return found.pop() if len(found) == 1 else None


def find_image(name: str, root: Path, *, near: Path, hint: str = "") -> Path:
    """The first place where a picture of that name lies; the most likely one where it lies nowhere.

    Args:
        name: as the annotation writes it, perhaps with folders.
        root: the folder of the data.
        near: the folder of the annotation.
        hint: the annotation's own name: `instances_train2017` stands beside a folder `train2017`.
    """
    name = name.strip()
    if "\0" in name:
        return root / name
    spelt = [name] if "\\" not in name else [name, name.replace("\\", "/")]
    named = [part for part in re.split(r"[_.]", hint) if split_in_name(part)]
    folders = [near, root]
    folders += [base / folder for base in (root, near) for folder in _IMAGE_FOLDERS]
    folders += [base / part for part in named for base in (root, root / "images", near)]
    candidates = [folder / one for one in spelt for folder in dict.fromkeys(folders)]
    return next((path for path in candidates if path.is_file()), root / "images" / name)


def read_lines(path: Path) -> list[str]:
    """The lines of a text file, whatever its encoding; raises `DataError` where it cannot be read."""
    return read_text_file(path)[0].splitlines()
