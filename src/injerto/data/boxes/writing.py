"""Write pictures with boxes as another data set: the pictures byte for byte, the boxes without loss."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, final

from injerto.core.atomic import new_folder
from injerto.core.errors import UsageError
from injerto.core.registry import Registry
from injerto.core.survey import Split
from injerto.data.boxes.box import Box
from injerto.data.items import ImageFile
from injerto.data.labelled import LabelledData

SPLIT_NAMES: Final[dict[Split | None, str]] = {"train": "train", "tune": "val", "test": "test", None: ""}
"""How splits are called outside; data without splits have one file or folder of no such name."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenImage:
    """A picture on its way into another data set."""

    source: Path
    name: str
    """File name, told apart from every other one's without its ending too."""
    width: int
    height: int
    split: Split | None
    boxes: tuple[Box, ...]


class AbstractBoxFormat(ABC):
    """One format of boxes."""

    summary: ClassVar[str]
    keeps_crowds: ClassVar[bool] = True

    @abstractmethod
    def write(self, images: Sequence[WrittenImage], labels: Sequence[str], folder: Path) -> None:
        """Fill an empty folder, pictures included."""


box_formats: Final[Registry[type[AbstractBoxFormat]]] = Registry("injerto.data.boxes.formats", "box format")


def convert_boxes(data: LabelledData, name: str, out: Path, *, overwrite: bool = False) -> int:
    """Write the data in the format of that name; returns the number of boxes.

    The folder is complete or absent. Raises `UsageError` where the data hold no boxes, or crowds that the format has
    no place for.
    """
    kind = box_formats.get(name)()
    if not data.has_boxes:
        raise UsageError("no-boxes", source=data.source)
    boxes = [box for example in data.examples for box in example.boxes or ()]
    crowds = sum(box.crowd for box in boxes)
    if crowds and not kind.keeps_crowds:
        raise UsageError("format-without-crowds", format=name, number=crowds)
    with new_folder(out, overwrite=overwrite) as folder:
        kind.write(_collect(data), data.labels, folder)
    return len(boxes)


def copy_images(images: Sequence[WrittenImage], folder: Path) -> None:
    """The pictures into one folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for image in images:
        shutil.copyfile(image.source, folder / image.name)


def by_split(images: Sequence[WrittenImage]) -> dict[str, list[WrittenImage]]:
    """The pictures of each split, by its name outside; without splits, all under an empty name."""
    found: dict[str, list[WrittenImage]] = {}
    for image in images:
        found.setdefault(SPLIT_NAMES[image.split], []).append(image)
    return found


def _collect(data: LabelledData) -> list[WrittenImage]:
    images = []
    taken: set[str] = set()
    for example in data.examples:
        assert isinstance(example.item, ImageFile)  # The readers of boxes know files only.
        width, height = example.item.read_size()
        path = example.item.path
        images.append(
            WrittenImage(
                source=path,
                name=_free_name(path, taken),
                width=width,
                height=height,
                split=example.split,
                boxes=example.boxes or (),
            )
        )
    return images


def _free_name(path: Path, taken: set[str]) -> str:
    """The file's name, numbered where its stem is taken: other formats know pictures by it."""
    stem, number = path.stem, 1
    while stem.lower() in taken:
        number += 1
        stem = f"{path.stem}_{number}"
    taken.add(stem.lower())
    return f"{stem}{path.suffix}"
