"""The discriminant head (LDA) and its limit, nearest mean: class means and one shared, shrunken covariance."""

# N examples, D features, K classes with examples, L penalties.

import math
from collections.abc import Sequence
from time import perf_counter
from typing import Final

import torch
from torch import Tensor

from injerto.strategies.heads.closed_form import about_best
from injerto.strategies.heads.discriminant_path import DiscriminantPath
from injerto.strategies.heads.examples import Examples, check_examples, check_one_label, check_weights
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.linear_assembly import assemble_linear, constant_linear
from injerto.strategies.heads.moments import Moments
from injerto.strategies.heads.score_scale import fit_scale, measure_log_loss
from injerto.strategies.heads.spectrum import decompose
from injerto.strategies.heads.standardisation import row_blocks

SHRINKAGES: Final = tuple(10 ** (-4 + step / 2) for step in range(17))
"""1e-4 to 1e4 in half decades: from the covariance as it is to a sphere of the same mean variance."""

_SPHERE: Final = 1e9
"""Shrinkage at which nothing but the distance to the class means is left."""

_JUDGES: Final = 4_000
"""Examples that are left out to judge shrinkages; more would move an accuracy by less than its standard error."""


def fit_discriminant(
    features: Tensor,
    targets: Tensor,
    *,
    num_classes: int,
    multi_label: bool = False,
    shrinkages: Sequence[float] = SHRINKAGES,
    even: bool = False,
    moments: Moments | None = None,
) -> FittedHead:
    """Linear discriminant analysis with the shrinkage of least leave-one-out log-loss; formulas in `DiscriminantPath`.

    Only shrinkages whose leave-one-out accuracy is the best or within half a standard error of it are considered, and
    each is judged under its own scale of the scores (`fit_scale`): a covariance of few examples is too sure of itself.
    Of more than 4,000 examples about as many, evenly spread, are left out to judge; all are learnt from.

    Args:
        features: shape (examples, features).
        targets: class indices, shape (examples,); `multi_label` raises `UsageError`.
        num_classes: length of a score, at least the largest index plus one.
        shrinkages: weights of the sphere against the covariance, which has weight one.
        even: takes every class for as likely as any other, instead of by its share of the examples.
        moments: sums over these very examples, where they are kept.
    """
    start = perf_counter()
    check_one_label(multi_label, "discriminant")
    examples = check_examples(features, targets, num_classes=num_classes)
    present_K = examples.present.nonzero()[:, 0]
    if len(present_K) == 1:
        head = constant_linear(features.shape[1], int(present_K[0]), num_classes)
        return FittedHead(head=head, facts={"seconds": perf_counter() - start})
    if moments is None:
        path = _make_path(examples, present_K, even=even)
    else:
        path = DiscriminantPath.of_moments(moments, present_K, even=even)
    every = math.ceil(len(examples) / _JUDGES)
    label_N = torch.searchsorted(present_K, examples.labels[::every].contiguous())
    t_NR = path.coordinates(examples.features, every=every)
    right_LN = [path.left_out_scores(t_NR, label_N, penalty).argmax(1) == label_N for penalty in shrinkages]
    accuracies = [float(right_N.double().mean()) for right_N in right_LN]
    good = about_best(t_NR.new_tensor(accuracies), len(label_N)).tolist()
    judged = [
        (*_judge(path.left_out_scores(t_NR, label_N, penalty), label_N), penalty, accuracy)
        for penalty, accuracy, is_good in zip(shrinkages, accuracies, good, strict=True)
        if is_good
    ]
    log_loss, scale, shrinkage, accuracy = min(judged)
    weight_KD, bias_K = path.solve(shrinkage)
    facts: dict[str, float | int | str] = {"shrinkage": shrinkage, "loo_accuracy": accuracy, "scale": scale}
    if math.isfinite(log_loss):
        facts["loo_log_loss"] = log_loss
    return FittedHead(
        head=assemble_linear(scale * weight_KD, scale * bias_K, present_K, num_classes),
        facts=facts | {"seconds": perf_counter() - start},
    )


def fit_nearest_mean(
    features: Tensor,
    targets: Tensor,
    *,
    num_classes: int,
    multi_label: bool = False,
    moments: Moments | None = None,
) -> FittedHead:
    """The class whose mean is nearest in standardised features: the discriminant of a sphere. Arguments as there."""
    return fit_discriminant(
        features,
        targets,
        num_classes=num_classes,
        multi_label=multi_label,
        shrinkages=[_SPHERE],
        even=True,
        moments=moments,
    )


def _make_path(examples: Examples, present_K: Tensor, *, even: bool) -> DiscriminantPath:
    x_ND = examples.features
    spectrum = decompose(x_ND, check_weights(None, examples))
    count_K = examples.targets.sum(0)[present_K]
    sum_KR = spectrum.basis_DR.new_zeros(len(present_K), len(spectrum.value_R))
    for rows in row_blocks(*x_ND.shape):
        sum_KR += examples.targets[rows][:, present_K].T @ spectrum.coordinates(x_ND, rows)
    return DiscriminantPath.of(spectrum, sum_KR / count_K[:, None], count_K, even=even)


def _judge(score_NK: Tensor, label_N: Tensor) -> tuple[float, float]:
    """Leave-one-out log-loss under the best scale, and that scale."""
    kept_N = torch.isfinite(score_NK).all(1)
    if not bool(kept_N.any()):  # Every example is alone in its class.
        return math.inf, 1.0
    # Moved by a number for each example, which changes no probability: distances alone may be huge.
    score_NK = (score_NK - score_NK.amax(1, keepdim=True))[kept_N]
    target_NK = torch.nn.functional.one_hot(label_N[kept_N], score_NK.shape[1]).double()
    weight_N = torch.ones_like(score_NK[:, 0])
    scale = fit_scale(score_NK, target_NK, weight_N, multi_label=False)
    return measure_log_loss(scale * score_NK, target_NK, weight_N, multi_label=False), scale
