"""What kind of mistakes a detector makes, picture by picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final

import numpy as np

from injerto.core.detection import DetectedBox, DetectionErrors, ThresholdPoint
from injerto.data.arrays import Floats
from injerto.data.boxes.box import Box, corner_array
from injerto.tasks.detection.metrics import Pictures

_RIGHT: Final = 0.5
_NEAR: Final = 0.1
NONE: Final = "-"
_TRACED: Final = tuple(round(0.05 * step, 2) for step in range(1, 20))


class BoxKind(StrEnum):
    """What a box above the threshold is, as in `DetectionErrors`."""

    RIGHT = "right"
    WRONG_CLASS = "wrong_class"
    BADLY_PLACED = "badly_placed"
    DOUBLED = "doubled"
    BACKGROUND = "background"
    ON_CROWD = "on_crowd"
    """Neither right nor wrong."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedPicture:
    """One picture: each box above the threshold, the surest first, what it is, and which objects are left."""

    boxes: tuple[tuple[DetectedBox, BoxKind], ...]
    missed: tuple[Box, ...]
    confused: tuple[tuple[str, str], ...]
    """Class of an object and class it was taken for; `-` is none."""

    @property
    def num_wrong(self) -> int:
        fine = (BoxKind.RIGHT, BoxKind.ON_CROWD)
        return len(self.missed) + sum(kind not in fine for _, kind in self.boxes)


def count_errors(pictures: Pictures, found: Sequence[Sequence[DetectedBox]], *, threshold: float) -> DetectionErrors:
    """Each box above the threshold is one of five things, the surest judged first; objects none names are missed."""
    totals = dict.fromkeys(("right", "missed", "wrong_class", "badly_placed", "doubled", "background"), 0)
    labels = [*pictures.labels, NONE]
    confusion = {label: dict.fromkeys(labels, 0) for label in labels}
    for known, boxes in zip(pictures.boxes, found, strict=True):
        judged = judge_picture(known, boxes, threshold=threshold)
        totals["missed"] += len(judged.missed)
        for _, kind in judged.boxes:
            if kind is not BoxKind.ON_CROWD:
                totals[kind] += 1
        for label, taken in judged.confused:
            confusion[label][taken] += 1
    return DetectionErrors(**totals, confusion=confusion)


def judge_picture(known: Sequence[Box], found: Sequence[DetectedBox], *, threshold: float) -> JudgedPicture:
    """What each box above the threshold is, and which objects none of them names."""
    sure = sorted((box for box in found if box.score >= threshold), key=lambda box: -box.score)
    overlap = overlaps(corner_array(known), np.array([_corners(box) for box in sure]).reshape(-1, 4))
    taken: set[int] = set()
    named: set[int] = set()
    boxes: list[tuple[DetectedBox, BoxKind]] = []
    confused: list[tuple[str, str]] = []
    for number, box in enumerate(sure):
        ranked = [int(i) for i in np.argsort(-overlap[:, number], kind="stable")] if len(known) else []
        same = [i for i in ranked if known[i].label == box.label]
        free = [i for i in same if i not in taken and not known[i].crowd and overlap[i, number] >= _RIGHT]
        best = ranked[0] if ranked else -1
        if free:
            taken.add(free[0])
            named.add(free[0])
            kind = BoxKind.RIGHT
            confused.append((box.label, box.label))
        elif same and overlap[same[0], number] >= _RIGHT:
            kind = BoxKind.ON_CROWD if known[same[0]].crowd else BoxKind.DOUBLED
        elif best >= 0 and overlap[best, number] >= _RIGHT:
            kind = BoxKind.ON_CROWD if known[best].crowd else BoxKind.WRONG_CLASS
            if best not in named and not known[best].crowd:
                confused.append((known[best].label, box.label))
            named.add(best)
        elif same and overlap[same[0], number] >= _NEAR:
            kind = BoxKind.BADLY_PLACED
            named.add(same[0])
            confused.append((NONE, box.label))
        else:
            kind = BoxKind.BACKGROUND
            confused.append((NONE, box.label))
        boxes.append((box, kind))
    missed = tuple(one for number, one in enumerate(known) if not one.crowd and number not in named)
    confused += [(one.label, NONE) for one in missed]
    return JudgedPicture(boxes=tuple(boxes), missed=missed, confused=tuple(confused))


def trace_thresholds(pictures: Pictures, found: Sequence[Sequence[DetectedBox]]) -> tuple[ThresholdPoint, ...]:
    """Precision and recall at an overlap of one half for thresholds from 0.05 to 0.95, all classes together."""
    matched = [pair for known, boxes in zip(pictures.boxes, found, strict=True) for pair in _match_all(known, boxes)]
    scores = np.array([score for score, _ in matched])
    rights = np.array([right for _, right in matched], dtype=bool)
    points = []
    for score in _TRACED:
        counted = scores >= score
        hits = int(rights[counted].sum())
        points.append(
            ThresholdPoint(
                score=score,
                precision=hits / int(counted.sum()) if counted.any() else None,
                recall=hits / max(1, pictures.num_objects),
            )
        )
    return tuple(points)


def overlaps(first: Floats, second: Floats) -> Floats:
    """Intersection over union, shape (first, second)."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(axis=2)
    areas = [np.clip(one[:, 2:] - one[:, :2], 0, None).prod(axis=1) for one in (first, second)]
    return np.asarray(both / np.maximum(areas[0][:, None] + areas[1][None] - both, 1e-12))


def _corners(box: DetectedBox) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom


def choose_threshold(pictures: Pictures, found: Sequence[Sequence[DetectedBox]]) -> float:
    """The score from which on boxes give the best F1 at an overlap of one half, over all classes together.

    0.5 where there is nothing to choose by.
    """
    rights: list[tuple[float, bool]] = []
    for known, boxes in zip(pictures.boxes, found, strict=True):
        rights += _match_all(known, boxes)
    if not rights or not pictures.num_objects:
        return 0.5
    rights.sort(key=lambda pair: -pair[0])
    hits = np.cumsum([right for _, right in rights])
    f1 = 2 * hits / (np.arange(1, len(rights) + 1) + pictures.num_objects)
    best = int(f1.argmax())
    # Between the last box that counts and the first that does not.
    below = rights[best + 1][0] if best + 1 < len(rights) else 0.0
    return float((rights[best][0] + below) / 2)


def _match_all(known: Sequence[Box], boxes: Sequence[DetectedBox]) -> list[tuple[float, bool]]:
    """Score of each box, and whether it finds an object; those on crowds say nothing."""
    ordered = sorted(boxes, key=lambda box: -box.score)
    overlap = overlaps(corner_array(known), np.array([_corners(box) for box in ordered]).reshape(-1, 4))
    taken: set[int] = set()
    result = []
    for number, box in enumerate(ordered):
        fitting = [i for i, one in enumerate(known) if one.label == box.label and overlap[i, number] >= _RIGHT]
        free = [i for i in fitting if i not in taken and not known[i].crowd]
        if free:
            taken.add(max(free, key=lambda i: overlap[i, number]))
        elif any(known[i].crowd for i in fitting):
            continue
        result.append((box.score, bool(free)))
    return result
