"""`show` and `convert`: data with boxes, drawn or written in another format; detected boxes drawn or written."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from injerto.core.atomic import check_free, new_folder, write_file
from injerto.core.errors import UsageError
from injerto.core.progress import Reporter, Silent
from injerto.core.survey import Modality
from injerto.data.boxes.box import Box
from injerto.data.boxes.drawing import DrawnBox, draw_boxes
from injerto.data.boxes.formats.coco import coco_document
from injerto.data.boxes.writing import convert_boxes
from injerto.data.items import AbstractImageItem, AbstractItem
from injerto.data.labelled import LabelledData
from injerto.data.reading import read_data
from injerto.tasks.detection.prediction import Detections, as_known
from injerto.workflow.ready import DataOptions

_QUALITY: Final = 92


def show(
    data: Any,
    out: str | Path,
    *,
    number: int = 12,
    split: str | None = None,
    options: DataOptions | None = None,
    seed: int = 0,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> int:
    """Draw some pictures of a data set with their boxes into a folder; returns how many.

    Args:
        data: see `inspect`.
        out: the folder to write; complete or absent.
        number: how many pictures, drawn at random; those of all splits take their turn.
        split: `train`, `tune` or `test` alone, where the data give splits.
        options: how the data are read.
        seed: of the choice.
        overwrite: replace a folder that injerto wrote.
        reporter: told of the progress.

    Raises:
        DataError: the data cannot be used.
        UsageError: they hold no boxes.
    """
    destination, reporter = Path(out), reporter or Silent()
    check_free(destination, overwrite=overwrite)
    read = _read(data, options, reporter)
    if split is not None:
        read = read.subset([i for i, example in enumerate(read.examples) if example.split == split])
    chosen = np.sort(np.random.default_rng(seed).permutation(len(read))[:number])
    with new_folder(destination, overwrite=overwrite) as folder:
        for place, position in enumerate(chosen, 1):
            example = read.examples[int(position)]
            boxes = [DrawnBox(label=box.label, corners=box.corners, crowd=box.crowd) for box in example.boxes or ()]
            _draw(example.item, boxes, read.labels, folder / f"{place:03d}-{_stem(example.where)}.jpg")
    return len(chosen)


def convert(
    data: Any,
    to: str,
    out: str | Path,
    *,
    options: DataOptions | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> int:
    """Write a data set with boxes in another format, without loss: `coco`, `voc`, `yolo` or `csv`.

    Pictures are copied byte for byte; boxes keep a millionth of a pixel. Boxes that could not be used are left out, as
    `inspect` says. Returns the number of boxes.

    Raises:
        DataError: the data cannot be used.
        UsageError: no such format, no boxes, or crowds that the format has no place for.
    """
    destination = Path(out)
    check_free(destination, overwrite=overwrite)
    return convert_boxes(_read(data, options, reporter or Silent()), to, destination, overwrite=overwrite)


def draw_detections(
    named: Sequence[tuple[str, AbstractItem]],
    found: Sequence[Detections],
    labels: tuple[str, ...],
    out: Path,
    *,
    overwrite: bool = False,
) -> None:
    """The pictures with the boxes that were found, in a folder that is complete or absent."""
    with new_folder(out, overwrite=overwrite) as folder:
        for place, ((name, item), one) in enumerate(zip(named, found, strict=True), 1):
            boxes = [
                DrawnBox(label=box.label, corners=(box.left, box.top, box.right, box.bottom), score=box.score)
                for box in one.boxes
            ]
            _draw(item, boxes, labels, folder / f"{place:03d}-{_stem(name)}.jpg")


def write_coco(names: Sequence[str], found: Sequence[Detections], labels: tuple[str, ...], path: Path) -> None:
    """The found boxes as a COCO file whose annotations have a score, which annotation tools open to be corrected."""
    known: list[list[Box]] = [[as_known(box) for box in one.boxes] for one in found]
    document = coco_document(
        [(name, one.width, one.height) for name, one in zip(names, found, strict=True)], known, labels
    )
    scores = [box.score for one in found for box in one.boxes]
    for annotation, score in zip(document["annotations"], scores, strict=True):
        annotation["score"] = round(score, 6)
    write_file(path, json.dumps(document))


def _read(data: Any, options: DataOptions | None, reporter: Reporter) -> LabelledData:
    read = read_data(data, reporter=reporter, **(options or DataOptions()).model_dump())
    if read.modality is not Modality.IMAGE or not read.has_boxes:
        raise UsageError("no-boxes", source=read.source)
    return read


def _draw(item: AbstractItem, boxes: Sequence[DrawnBox], labels: Sequence[str], path: Path) -> None:
    assert isinstance(item, AbstractImageItem)  # Boxes lie in pictures.
    content = io.BytesIO()
    draw_boxes(item.read(), boxes, labels).save(content, format="JPEG", quality=_QUALITY)
    write_file(path, content.getvalue())


def _stem(where: str) -> str:
    """A file name of what messages call a picture."""
    stem = Path(where.rpartition("image ")[2]).stem
    return (
        "".join(character if character.isalnum() or character in "-_." else "_" for character in stem)[:60] or "image"
    )
