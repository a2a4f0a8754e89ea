"""Boxes of the controls as the artifact keeps them: what groups of pictures are compared by later."""

from collections.abc import Mapping, Sequence
from typing import Final

from injerto.core.answers_on_test import BOX_WIDTH, BOXES, Rows, SumsOnTest
from injerto.core.detection import DetectedBox
from injerto.data.items import AbstractItem, digest_in_order
from injerto.evidence.detection.answering import Boxes

_MOST, _LEAST = 50, 5
"""Boxes kept of a picture, the surest."""
_IN_ALL: Final = 60_000
"""Boxes kept of a control: a few megabytes."""


def keep_boxes(items: Sequence[AbstractItem], controls: Mapping[str, Boxes], labels: tuple[str, ...]) -> SumsOnTest:
    """The surest boxes of each control, by the test pictures in order."""
    most = max(_LEAST, min(_MOST, _IN_ALL // max(1, len(items))))
    rows = {name: {BOXES: tuple(_row(some, most, labels) for some in boxes)} for name, boxes in controls.items()}
    return SumsOnTest(examples=digest_in_order(items), model={}, controls=rows)


def kept_boxes(sums: SumsOnTest, labels: tuple[str, ...]) -> dict[str, Boxes]:
    """What `keep_boxes` kept, by the name of the control."""
    return {name: _boxes(rows[BOXES], labels) for name, rows in sums.controls.items() if BOXES in rows}


def _row(boxes: Sequence[DetectedBox], most: int, labels: tuple[str, ...]) -> tuple[float, ...]:
    surest = sorted(boxes, key=lambda box: -box.score)[:most]
    return tuple(number for box in surest for number in (labels.index(box.label), round(box.score, 4), *_corners(box)))


def _corners(box: DetectedBox) -> tuple[float, ...]:
    return tuple(round(value, 1) for value in (box.left, box.top, box.right, box.bottom))


def _boxes(rows: Rows, labels: tuple[str, ...]) -> Boxes:
    return [
        tuple(_box(row[start : start + BOX_WIDTH], labels) for start in range(0, len(row), BOX_WIDTH)) for row in rows
    ]


def _box(numbers: Sequence[float], labels: tuple[str, ...]) -> DetectedBox:
    label, score, left, top, right, bottom = numbers
    return DetectedBox(label=labels[int(label)], score=score, left=left, top=top, right=right, bottom=bottom)
