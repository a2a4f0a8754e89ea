"""What a detector says of one picture."""

from collections.abc import Sequence

from injerto.core.detection import DetectedBox
from injerto.data.boxes.box import Box, exact
from injerto.tasks.task import Prediction


class Detections(Prediction):
    """The objects of one picture, the surest first; `probabilities` hold the best score of each class."""

    width: int
    height: int
    boxes: tuple[DetectedBox, ...]


def make_detections(boxes: Sequence[DetectedBox], size: tuple[int, int], labels: tuple[str, ...]) -> Detections:
    """Of boxes above the threshold."""
    best = {label: max((box.score for box in boxes if box.label == label), default=0.0) for label in labels}
    return Detections(
        label=None,
        labels=tuple(label for label in labels if best[label] > 0),
        probability=max(best.values()),
        probabilities=best,
        width=size[0],
        height=size[1],
        boxes=tuple(boxes),
    )


def as_known(box: DetectedBox) -> Box:
    """A detected box as one of a data set, for formats that write these."""
    return Box(box.label, exact(box.left), exact(box.top), exact(box.right), exact(box.bottom))
