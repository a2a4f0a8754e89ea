"""One detector in numbers, with intervals by resampling pictures: boxes of one picture are not independent."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from injerto.core.detection import ClassPrecision, DetectionMeasure, SizePrecision
from injerto.core.evidence import Interval
from injerto.core.seeds import derive_seed
from injerto.data.arrays import Floats
from injerto.evidence.detection.answering import Boxes
from injerto.tasks.detection.errors import count_errors
from injerto.tasks.detection.metrics import SIZES, BoxMatches, Pictures, resample

DRAWS: Final = 400
_LIMITS: Final = (32**2, 96**2)
_OVERLAP_75: Final = 5


def measure_boxes(pictures: Pictures, found: Boxes, *, threshold: float, seed: int) -> DetectionMeasure:
    """mAP, AP50 and AP75, by class and by size, and the kinds of mistakes above the threshold."""
    matches = BoxMatches(pictures, found)
    precision = matches.precision()
    draws = resample([matches], num_pictures=len(pictures), draws=DRAWS, seed=derive_seed(seed, "pictures"))[:, 0]
    mean, mean_50 = matches.mean_precision()
    objects = [box for some in pictures.boxes for box in some if not box.crowd]
    sizes = [int(np.searchsorted(_LIMITS, box.width * box.height, side="left")) for box in objects]
    return DetectionMeasure(
        num_images=len(pictures),
        num_objects=len(objects),
        mean_precision=interval(mean, draws[:, 0], len(pictures)),
        precision_50=interval(mean_50, draws[:, 1], len(pictures)),
        precision_75=_mean(precision[_OVERLAP_75, :, 0]) or 0.0,
        classes=tuple(
            ClassPrecision(
                label=label,
                num_objects=sum(box.label == label for box in objects),
                precision=_mean(precision[:, number, 0]),
                precision_50=_mean(precision[:1, number, 0]),
            )
            for number, label in enumerate(pictures.labels)
        ),
        sizes=tuple(
            SizePrecision(size=size, num_objects=sizes.count(number), precision=_mean(precision[:, :, number + 1]))
            for number, size in enumerate(SIZES)
        ),
        threshold=threshold,
        errors=count_errors(pictures, found, threshold=threshold),
    )


def measure_gains(model: BoxMatches, others: Sequence[BoxMatches], *, num_pictures: int, seed: int) -> list[Interval]:
    """mAP of the model minus that of each other, *paired*: each resample takes the same pictures for all."""
    draws = resample([model, *others], num_pictures=num_pictures, draws=DRAWS, seed=derive_seed(seed, "pictures"))
    values = [one.mean_precision()[0] for one in (model, *others)]
    return [
        interval(values[0] - values[number], draws[:, 0, 0] - draws[:, number, 0], num_pictures)
        for number in range(1, len(others) + 1)
    ]


def interval(value: float, draws: Floats, num_examples: int) -> Interval:
    """The percentile interval of a bootstrap."""
    low, high = np.quantile(draws, [0.025, 0.975])
    return Interval(value=value, low=float(low), high=float(high), num_examples=num_examples)


def _mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None
