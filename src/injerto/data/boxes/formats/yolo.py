"""YOLO: `images/train/x.jpg`, `labels/train/x.txt` and the names in `data.yaml`."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, final

from injerto.core.atomic import write_file
from injerto.data.boxes.box import Box
from injerto.data.boxes.writing import AbstractBoxFormat, WrittenImage, box_formats, by_split, copy_images


@box_formats.register
@final
class Yolo(AbstractBoxFormat):
    """One text file a picture, with as many digits as give the same millionth of a pixel back."""

    summary: ClassVar[str] = "YOLO: images/SPLIT/, labels/SPLIT/*.txt, data.yaml"
    keeps_crowds: ClassVar[bool] = False

    def write(self, images: Sequence[WrittenImage], labels: Sequence[str], folder: Path) -> None:
        number_of = {label: number for number, label in enumerate(labels)}
        splits = by_split(images)
        for split, some in splits.items():
            copy_images(some, folder / "images" / split)
            for image in some:
                text = "".join(f"{number_of[box.label]} {_shares(box, image)}\n" for box in image.boxes)
                write_file(folder / "labels" / split / f"{Path(image.name).stem}.txt", text)
        lines = ["path: .\n", *(f"{split or 'train'}: images/{split}\n" for split in splits)]
        lines += ["names:\n", *(f"  {number}: {_quoted(label)}\n" for label, number in number_of.items())]
        write_file(folder / "data.yaml", "".join(lines))


def _shares(box: Box, image: WrittenImage) -> str:
    """Middle, width and height as shares of the picture."""
    numbers = (
        (box.left + box.right) / 2 / image.width,
        (box.top + box.bottom) / 2 / image.height,
        (box.right - box.left) / image.width,
        (box.bottom - box.top) / image.height,
    )
    return " ".join(map(repr, numbers))


def _quoted(name: str) -> str:
    """A name as YAML in double quotes: it cannot break out of them, and no character is left to the reader's mercy."""
    escaped = "".join(
        character if " " <= character <= "~" and character not in '"\\' else f"\\U{ord(character):08X}"
        for character in name
    )
    return f'"{escaped}"'
