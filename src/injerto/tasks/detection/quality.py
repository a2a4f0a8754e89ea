"""AP50 of an epoch on the tune split: quick, in shares of the input, to watch a course and to choose nothing finer."""

from typing import Final, final

import torch
from torch import Tensor

from injerto.core.detection import DetectedBox
from injerto.data.boxes.box import Box
from injerto.data.placement import place_whole
from injerto.tasks.detection.decoding import decode_boxes
from injerto.tasks.detection.layout import BOX_NUMBERS, NOTHING
from injerto.tasks.detection.metrics import BoxMatches, Pictures

_SIDE: Final = 1000
_PLACEMENT: Final = place_whole((_SIDE, _SIDE), (_SIDE, _SIDE))


@final
class EpochQuality:
    """Takes batches of scores and targets, and keeps their boxes."""

    def __init__(self) -> None:
        self._boxes: list[list[Box]] = []
        self._found: list[tuple[DetectedBox, ...]] = []
        self._labels: tuple[str, ...] = ()

    def add(self, scores: Tensor, targets: Tensor) -> None:
        """One batch."""
        self._labels = tuple(str(number) for number in range(scores.shape[2] - BOX_NUMBERS))
        for row, target in zip(scores, targets, strict=True):
            self._found.append(decode_boxes(row, _PLACEMENT, self._labels))
            self._boxes.append([_box(one) for one in target if one[0] != NOTHING])

    def precision(self) -> float:
        """AP50 over all batches."""
        return BoxMatches(Pictures(boxes=self._boxes, labels=self._labels), self._found).mean_precision()[1]


def _box(row: Tensor) -> Box:
    left, top, right, bottom = (torch.round(row[1:] * _SIDE, decimals=3)).tolist()
    return Box(str(int(row[0])), left, top, right, bottom)
