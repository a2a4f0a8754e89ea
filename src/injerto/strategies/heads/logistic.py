"""The logistic head: multinomial (or one sigmoid a label), its penalty chosen by cross-validated log-loss."""

# N examples, D features, R directions.

import math
from collections.abc import Sequence
from time import perf_counter
from typing import Final

import torch
from torch import Tensor

from injerto.core.errors import UsageError
from injerto.strategies.heads.examples import Examples, check_examples, check_weights
from injerto.strategies.heads.folds import assign_folds
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.logistic_path import LogisticPath
from injerto.strategies.heads.logistic_solver import LogisticProblem
from injerto.strategies.heads.spectrum import decompose
from injerto.strategies.heads.standardisation import Standardisation

STRENGTHS: Final = tuple(10.0**-power for power in range(-1, 6))
"""Penalties for each example, 10 to 1e-5 in decades; C of scikit-learn is 1 / (examples * strength)."""


def fit_logistic(
    features: Tensor,
    targets: Tensor,
    *,
    num_classes: int,
    multi_label: bool = False,
    seed: int = 0,
    num_folds: int = 5,
    strengths: Sequence[float] = STRENGTHS,
) -> FittedHead:
    """Logistic regression on standardised features, in float64, with the L2 penalty of least validation log-loss.

    The penalties are tried from the strongest down, each fit starting from the last one's solution. Along this path
    the validation log-loss falls and then rises; after it rose the rest, which is the slowest, is not tried.
    Where nothing can be validated (no class has two examples) the strength nearest to scikit-learn's C = 1 is taken.

    Args:
        features: shape (examples, features).
        targets: class indices, shape (examples,); with `multi_label` a 0/1 matrix, shape (examples, classes).
        num_classes: length of a score, at least the largest index plus one.
        seed: decides the folds.
        num_folds: 2 or more.
        strengths: penalties to choose among, for each example; one alone is taken as it is.
    """
    start = perf_counter()
    examples = check_examples(features, targets, num_classes=num_classes, multi_label=multi_label)
    if not strengths or not all(math.isfinite(value) and value > 0 for value in strengths):
        raise UsageError("head-strengths", found=", ".join(map(str, strengths)) or "none")
    if num_folds < 2:
        raise UsageError("head-folds", found=num_folds)
    weight_N = check_weights(None, examples)
    standardise, problem = Standardisation.of(features, weight_N), LogisticProblem.of(examples)
    eigenvalue_R, basis_DR = decompose(features, standardise, weight_N)
    path = LogisticPath(
        problem=problem,
        t_NR=standardise(features) @ basis_DR,
        variance_R=eigenvalue_R / len(examples),
        penalties=tuple(sorted(set(strengths), reverse=True)),
    )
    losses, means = path.validate(_folds(examples, num_folds=num_folds, seed=seed))
    index = losses.index(min(losses)) if losses else path.customary()
    # Four fifths of the examples nearly say what all of them do.
    weight_KR, bias_K = path.solve(index, means[index] if means else None)
    chosen = path.penalties[index]
    head = problem.assemble(*standardise.fold(weight_KR @ basis_DR.T, bias_K), examples)
    facts: dict[str, float | int | str] = {"strength": chosen, "c": 1 / (len(examples) * chosen)}
    if losses:
        facts["validation_log_loss"] = losses[index]
    return FittedHead(head=head, facts=facts | {"seconds": perf_counter() - start})


def _folds(examples: Examples, *, num_folds: int, seed: int) -> Tensor:
    # Stratifying by many labels at once is not well defined; dealing out shuffled examples is the plain k-fold.
    labels = torch.zeros(len(examples), dtype=torch.int64) if examples.multi_label else examples.labels
    return assign_folds(labels.to(examples.features.device), num_folds=num_folds, seed=seed)
