"""The one number that turns scores into sensible probabilities, fitted on scores of examples that were left out."""

from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

_LEAST: Final = 1e-2
_MOST: Final = 1e3
_STEPS: Final = 60


def fit_scale(scores: Tensor, targets: Tensor, weight: Tensor, *, multi_label: bool) -> float:
    """The a > 0 for which softmax (one label) or sigmoid (many) of a * scores has the least log-loss.

    `scores` and `targets` have shape (examples, classes), `weight` (examples,). The log-loss is convex in a, so its
    slope rises with a and its root is found by Newton steps kept inside a bracket. n examples without a mistake show
    an error rate of about 1 / (n + 2) and not of zero (Laplace's rule): the targets are softened by as much, without
    which separable scores would ask for an infinite a.
    """
    softening = 1 / (len(scores) + 2)
    aim = (1 - softening) * targets + softening * (0.5 if multi_label else 1 / targets.shape[1])
    wanted = (weight @ (aim * scores)).sum()
    low, high, scale = _LEAST, _MOST, 1.0
    for _ in range(_STEPS):
        slope, curvature = _derivatives(scores, weight, wanted, scale, multi_label=multi_label)
        low, high = (scale, high) if slope < 0 else (low, scale)
        step = scale - slope / curvature if curvature > 0 else high
        # On a logarithmic axis half of the bracket is its geometric mean.
        next_scale = step if low < step < high else (low * high) ** 0.5
        if abs(next_scale - scale) <= 1e-7 * scale:
            break
        scale = next_scale
    return scale


def measure_log_loss(scores: Tensor, targets: Tensor, weight: Tensor, *, multi_label: bool) -> float:
    """Weighted mean over examples of the log-loss, which is summed over labels where an example has several."""
    if multi_label:
        losses = binary_cross_entropy_with_logits(scores, targets, reduction="none").sum(1)
    else:
        losses = cross_entropy(scores, targets, reduction="none")
    return float(weight @ losses / weight.sum())


def _derivatives(
    scores: Tensor, weight: Tensor, wanted: Tensor, scale: float, *, multi_label: bool
) -> tuple[float, float]:
    if multi_label:
        share = torch.sigmoid(scale * scores)
        slope = (weight @ (share * scores)).sum() - wanted
        curvature = (weight @ (share * (1 - share) * scores.square())).sum()
    else:
        share = torch.softmax(scale * scores, dim=1)
        weighted = share * scores
        mean = weighted.sum(1)
        slope = weight @ mean - wanted
        curvature = weight @ ((weighted * scores).sum(1) - mean.square())
    return float(slope), float(curvature)
