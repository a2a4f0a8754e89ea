"""A learning curve from frozen features: measured on subsets, continued to more labels, and put into words."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from injerto.core.learning_curve import CurvePoint, CurvePrediction, LearningCurve, MoreLabels
from injerto.core.messages import say
from injerto.evidence.learning_curve.blocks import NUM_BLOCKS, Blocks
from injerto.evidence.learning_curve.left_out import LeftOutErrors
from injerto.evidence.learning_curve.observed import ObservedCurve
from injerto.evidence.learning_curve.shapes import WeighedShapes
from injerto.strategies.heads.examples import check_examples, check_one_label

FACTORS: Final = (2.0, 4.0)

_CONFIDENCE: Final = 0.9

_DEVIATIONS: Final = 1.6449
"""Half the width of a normal interval of that confidence, in standard deviations."""

_LEAST_PER_CLASS: Final = 5
"""Training examples a class, on average, below which the curve has not taken its shape yet."""

_WORTH: Final = 0.005
_WORTH_SHARE: Final = 0.05
"""A gain is worth naming from half a point, or a twentieth of the error where that is more."""


def measure_learning_curve(
    features: Tensor,
    targets: Tensor,
    *,
    num_classes: int,
    held_out: tuple[Tensor, Tensor] | None = None,
    groups: Sequence[str] | None = None,
    seed: int,
    multi_label: bool = False,
    factors: Sequence[float] = FACTORS,
) -> LearningCurve:
    """The error of a closed-form head against its number of training examples, and at `factors` times as many.

    Args:
        features: frozen features of the training split, shape (examples, features).
        targets: class indices, shape (examples,).
        num_classes: length of a score.
        held_out: features and class indices of the tune split, which judge every head beside the training examples
            that it has not seen. Never those of the test split.
        groups: whose each training example is: a group is in a subset as a whole or not at all.
        seed: decides the subsets.
        multi_label: raises `UsageError`: whether all of many labels are right is no error of one head.
        factors: numbers of examples to predict for, in units of those there are.
    """
    check_one_label(multi_label, "learning curve")
    check_examples(features, targets, num_classes=num_classes)
    if held_out is not None and len(held_out[0]) == 0:
        held_out = None
    if held_out is not None:
        check_examples(*held_out, num_classes=num_classes)
    features, targets = features.cpu(), targets.cpu().long()
    blocks = Blocks.of(targets.numpy(), groups=groups, seed=seed)
    if blocks.num_classes < 2 or len(features) < _LEAST_PER_CLASS * blocks.num_classes or not blocks.sizes():
        return _refuse(len(features), blocks.num_classes)
    if groups is not None and _has_empty_run(blocks):
        return _refuse(len(features), blocks.num_classes, num_groups=len(set(groups)))
    with torch.no_grad():
        errors = LeftOutErrors.measure(
            features,
            targets,
            blocks,
            num_classes=num_classes,
            held_out=None if held_out is None else (held_out[0].cpu(), held_out[1].cpu().long()),
            cluster_N=_number(groups, len(features)),
            seed=seed,
        )
    observed = ObservedCurve.of(errors, num_total=len(features))
    shapes = WeighedShapes.of(observed)
    now, twice = _predict(shapes, 1.0), _predict(shapes, 2.0)
    more_labels = _judge(now, twice)
    return LearningCurve(
        points=_points(observed),
        now=now,
        predictions=tuple(_predict(shapes, factor) for factor in factors),
        confidence=_CONFIDENCE,
        num_judged=observed.num_judged,
        more_labels=more_labels,
        sentence=_sentence(more_labels, now, twice),
    )


def _has_empty_run(blocks: Blocks) -> bool:
    """Whether some subset would hold nothing: with few groups, most blocks are between two of them."""
    return any(not blocks.is_in(start, size).any() for size in blocks.sizes() for start in range(NUM_BLOCKS))


def _number(groups: Sequence[str] | None, num: int) -> np.ndarray:
    return np.arange(num) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]


def _points(observed: ObservedCurve) -> tuple[CurvePoint, ...]:
    deviation_S = np.sqrt(np.diag(observed.covariance_SS))
    return tuple(
        CurvePoint(
            num_examples=float(num),
            error=float(error),
            low=max(0.0, float(error - _DEVIATIONS * deviation)),
            high=min(1.0, float(error + _DEVIATIONS * deviation)),
            num_subsets=NUM_BLOCKS,
        )
        for num, error, deviation in zip(observed.num_examples_S, observed.error_S, deviation_S, strict=True)
    )


def _predict(shapes: WeighedShapes, factor: float) -> CurvePrediction:
    error, gain = shapes.error(factor), shapes.gain(factor)
    outside = (1 - _CONFIDENCE) / 2
    middle, low, high = (_clip(error.quantile(share)) for share in (0.5, outside, 1 - outside))
    return CurvePrediction(
        factor=factor,
        num_examples=round(factor * shapes.num_total),
        error=middle,
        low=low,
        high=high,
        gain=gain.quantile(0.5),
        gain_low=gain.quantile(outside),
        gain_high=gain.quantile(1 - outside),
    )


def _clip(value: float) -> float:
    return min(1.0, max(0.0, value))


def _judge(now: CurvePrediction, twice: CurvePrediction) -> MoreLabels:
    worth = max(_WORTH, _WORTH_SHARE * now.error)
    if twice.gain_low >= worth:
        return MoreLabels.WOULD_HELP
    return MoreLabels.WOULD_NOT_HELP if twice.gain_high < worth else MoreLabels.UNCLEAR


def _sentence(more_labels: MoreLabels, now: CurvePrediction, twice: CurvePrediction) -> str:
    return say(
        f"learning-curve.{more_labels.value}",
        twice=_percent(twice.error),
        low=_percent(twice.low),
        high=_percent(twice.high),
        now=_percent(now.error),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _refuse(num_examples: int, num_classes: int, *, num_groups: int | None = None) -> LearningCurve:
    key = "one-class" if num_classes < 2 else "unknown" if num_groups is None else "few-groups"
    return LearningCurve(
        points=(),
        now=None,
        predictions=(),
        confidence=_CONFIDENCE,
        num_judged=0,
        more_labels=MoreLabels.UNKNOWN,
        sentence=say(f"learning-curve.{key}", examples=num_examples, classes=num_classes, groups=num_groups),
    )
