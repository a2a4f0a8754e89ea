"""What kind of mistakes a detector makes, picture by picture."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from injerto.core.detection import DetectedBox, DetectionErrors
from injerto.data.arrays import Floats
from injerto.data.boxes.box import Box, corner_array
from injerto.tasks.detection.metrics import Pictures

_RIGHT: Final = 0.5
_NEAR: Final = 0.1
NONE: Final = "-"


def count_errors(pictures: Pictures, found: Sequence[Sequence[DetectedBox]], *, threshold: float) -> DetectionErrors:
    """Each box above the threshold is one of five things, the surest judged first; objects none names are missed."""
    totals = dict.fromkeys(("right", "missed", "wrong_class", "badly_placed", "doubled", "background"), 0)
    labels = [*pictures.labels, NONE]
    confusion = {label: dict.fromkeys(labels, 0) for label in labels}
    for known, boxes in zip(pictures.boxes, found, strict=True):
        sure = sorted((box for box in boxes if box.score >= threshold), key=lambda box: -box.score)
        _judge(known, sure, totals, confusion)
    return DetectionErrors(**totals, confusion=confusion)


def _judge(
    known: Sequence[Box], boxes: Sequence[DetectedBox], totals: dict[str, int], confusion: dict[str, dict[str, int]]
) -> None:
    overlap = overlaps(corner_array(known), np.array([_corners(box) for box in boxes]).reshape(-1, 4))
    found: set[int] = set()
    named: set[int] = set()
    for number, box in enumerate(boxes):
        ranked = [int(i) for i in np.argsort(-overlap[:, number], kind="stable")] if len(known) else []
        same = [i for i in ranked if known[i].label == box.label]
        free = [i for i in same if i not in found and not known[i].crowd and overlap[i, number] >= _RIGHT]
        if free:
            found.add(free[0])
            named.add(free[0])
            totals["right"] += 1
            confusion[box.label][box.label] += 1
            continue
        best = ranked[0] if ranked else -1
        if same and overlap[same[0], number] >= _RIGHT:
            totals["doubled"] += not known[same[0]].crowd
        elif best >= 0 and overlap[best, number] >= _RIGHT:
            totals["wrong_class"] += not known[best].crowd
            if best not in named and not known[best].crowd:
                confusion[known[best].label][box.label] += 1
            named.add(best)
        elif same and overlap[same[0], number] >= _NEAR:
            totals["badly_placed"] += 1
            named.add(same[0])
            confusion[NONE][box.label] += 1
        else:
            totals["background"] += 1
            confusion[NONE][box.label] += 1
    for number, one in enumerate(known):
        if not one.crowd and number not in named:
            totals["missed"] += 1
            confusion[one.label][NONE] += 1


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
