"""AP50 of an epoch on the tune split: quick, in shares of the input, to watch a course and to choose nothing finer."""

from collections.abc import Sequence

import torch
from torch import Tensor

from injerto.core.detection import DetectedBox
from injerto.data.boxes.box import Box
from injerto.data.placement import place_whole
from injerto.tasks.detection.decoding import decode_boxes
from injerto.tasks.detection.layout import BOX_NUMBERS, NOTHING
from injerto.tasks.detection.metrics import BoxMatches, Pictures

_SIDE = 1000


def tune_precision(parts: Sequence[tuple[Tensor, Tensor]]) -> float:
    """AP50 of batches of scores and targets."""
    labels = tuple(str(number) for number in range(parts[0][0].shape[2] - BOX_NUMBERS))
    placement = place_whole((_SIDE, _SIDE), (_SIDE, _SIDE))
    boxes: list[list[Box]] = []
    found: list[tuple[DetectedBox, ...]] = []
    for scores, targets in parts:
        for row, target in zip(scores, targets, strict=True):
            found.append(decode_boxes(row, placement, labels))
            boxes.append([_box(one) for one in target if one[0] != NOTHING])
    return BoxMatches(Pictures(boxes=boxes, labels=labels), found).mean_precision()[1]


def _box(row: Tensor) -> Box:
    left, top, right, bottom = (torch.round(row[1:] * _SIDE, decimals=3)).tolist()
    return Box(str(int(row[0])), left, top, right, bottom)
