"""COCO JSON: `annotations_train.json` and its like beside `images/`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, final

from injerto.core.atomic import write_file
from injerto.data.boxes.box import Box, written
from injerto.data.boxes.writing import AbstractBoxFormat, WrittenImage, box_formats, by_split, copy_images


@box_formats.register
@final
class Coco(AbstractBoxFormat):
    """One JSON file a split."""

    summary: ClassVar[str] = "COCO JSON: annotations_SPLIT.json, images/"

    def write(self, images: Sequence[WrittenImage], labels: Sequence[str], folder: Path) -> None:
        copy_images(images, folder / "images")
        for split, some in by_split(images).items():
            name = f"annotations_{split}.json" if split else "annotations.json"
            document = coco_document(
                [(image.name, image.width, image.height) for image in some],
                [image.boxes for image in some],
                labels,
            )
            write_file(folder / name, json.dumps(document))


def coco_document(
    images: Sequence[tuple[str, int, int]], boxes: Sequence[Sequence[Box]], labels: Sequence[str]
) -> dict[str, list[dict[str, object]]]:
    """The document of pictures (name, width, height) and their boxes; ids count from 1."""
    number_of = {label: number for number, label in enumerate(labels, 1)}
    annotations: list[dict[str, object]] = []
    for number, some in enumerate(boxes, 1):
        for box in some:
            annotations.append(_annotation(box, len(annotations) + 1, number, number_of))
    return {
        "images": [
            {"id": number, "file_name": name, "width": width, "height": height}
            for number, (name, width, height) in enumerate(images, 1)
        ],
        "annotations": annotations,
        "categories": [{"id": number, "name": label} for label, number in number_of.items()],
    }


def _annotation(box: Box, number: int, image: int, number_of: dict[str, int]) -> dict[str, object]:
    return {
        "id": number,
        "image_id": image,
        "category_id": number_of[box.label],
        "bbox": [written(value) for value in (box.left, box.top, box.width, box.height)],
        "area": written(box.width * box.height),
        "iscrowd": int(box.crowd),
    }
