"""One detector in numbers, with intervals by resampling pictures: boxes of one picture are not independent."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from injerto.core.detection import ClassPrecision, DetectionMeasure, SizePrecision
from injerto.core.evidence import Interval
from injerto.core.seeds import derive_seed
from injerto.data.arrays import Floats
from injerto.evidence.detection.answering import Boxes
from injerto.tasks.detection.errors import count_errors, trace_thresholds
from injerto.tasks.detection.metrics import SIZES, BoxMatches, Pictures, resample, resample_classes

DRAWS: Final = 400
FEWEST_PICTURES: Final = 20
"""Below which a bootstrap over pictures is too sure for a verdict."""
_LIMITS: Final = (32**2, 96**2)
_OVERLAP_75: Final = 5


def measure_boxes(pictures: Pictures, found: Boxes, *, threshold: float, seed: int) -> DetectionMeasure:
    """mAP, AP50 and AP75, by class and by size, and the kinds of mistakes above the threshold."""
    matches = BoxMatches(pictures, found)
    precision = matches.precision()
    seed = derive_seed(seed, "pictures")
    drawn = resample_classes(matches, num_pictures=len(pictures), draws=DRAWS, seed=seed)
    mean, mean_50 = matches.mean_precision()
    objects = [box for some in pictures.boxes for box in some if not box.crowd]
    sizes = [int(np.searchsorted(_LIMITS, box.width * box.height, side="left")) for box in objects]
    return DetectionMeasure(
        num_images=len(pictures),
        num_objects=len(objects),
        mean_precision=interval(mean, _means(drawn), len(pictures)),
        precision_50=interval(mean_50, _means(drawn[:, :1]), len(pictures)),
        precision_75=_mean(precision[_OVERLAP_75, :, 0]) or 0.0,
        classes=tuple(
            ClassPrecision(
                label=label,
                num_objects=sum(box.label == label for box in objects),
                precision=_mean(precision[:, number, 0]),
                precision_50=_mean(precision[:1, number, 0]),
                interval=_spread(drawn[:, :, number].mean(axis=1)),
            )
            for number, label in enumerate(pictures.labels)
        ),
        sizes=tuple(
            SizePrecision(size=size, num_objects=sizes.count(number), precision=_mean(precision[:, :, number + 1]))
            for number, size in enumerate(SIZES)
        ),
        threshold=threshold,
        errors=count_errors(pictures, found, threshold=threshold),
        thresholds=trace_thresholds(pictures, found),
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


def _means(drawn: Floats) -> Floats:
    """The mean over overlaps and the classes that a draw holds, shape (draws,); 0 where it holds no object."""
    some = ~np.isnan(drawn)
    total = np.where(some, drawn, 0.0).sum(axis=(1, 2))
    return np.asarray(total / np.maximum(some.sum(axis=(1, 2)), 1))


def _spread(draws: Floats) -> tuple[float, float] | None:
    """The percentile interval of a class over the draws that hold it; None where hardly any does."""
    known = draws[~np.isnan(draws)]
    if len(known) < len(draws) / 2:
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)
