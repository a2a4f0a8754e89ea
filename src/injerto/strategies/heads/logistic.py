"""The logistic head: multinomial (or one sigmoid a label), its penalty chosen by cross-validated log-loss."""

# N examples, D features, K fitted columns.

import math
from collections.abc import Sequence
from time import perf_counter
from typing import Final

import torch
from torch import Tensor

from injerto.core.errors import UsageError
from injerto.strategies.heads.examples import Examples, check_examples, check_weights
from injerto.strategies.heads.folds import ALWAYS_TRAIN, assign_folds
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.logistic_solver import LogisticProblem, solve_logistic
from injerto.strategies.heads.standardisation import Standardisation

STRENGTHS: Final = tuple(10 ** (-step / 2) for step in range(-2, 11))
"""Penalties for each example, 10 to 1e-5 in half decades; C of scikit-learn is 1 / (examples * strength)."""

_CHOOSING: Final = 1e-4
_FINAL: Final = 1e-8
_PATIENCE: Final = 2


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
    the validation log-loss falls and then rises; after two rises in a row the rest, which is the slowest, is not tried.
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
    standardise = Standardisation.of(features, check_weights(None, examples))
    z_ND, problem = standardise(features), LogisticProblem.of(examples)
    path = sorted(set(strengths), reverse=True)
    losses = _validate(problem, z_ND, _folds(examples, num_folds=num_folds, seed=seed), path)
    chosen = _choose(path, losses, len(examples))
    solution = problem.start(z_ND.shape[1])
    for penalty in path[: path.index(chosen) + 1]:
        tolerance = _FINAL if penalty == chosen else _CHOOSING
        solution = solve_logistic(
            problem, z_ND, problem.target_NK, penalty=penalty, start=solution, tolerance=tolerance
        )
    head = problem.assemble(*standardise.fold(solution[:-1].T, solution[-1]), examples)
    facts: dict[str, float | int | str] = {"strength": chosen, "c": 1 / (len(examples) * chosen)}
    if losses:
        facts["validation_log_loss"] = losses[path.index(chosen)]
    return FittedHead(head=head, facts=facts | {"seconds": perf_counter() - start})


def _folds(examples: Examples, *, num_folds: int, seed: int) -> Tensor:
    # Stratifying by many labels at once is not well defined; dealing out shuffled examples is the plain k-fold.
    labels = torch.zeros(len(examples), dtype=torch.int64) if examples.multi_label else examples.labels
    return assign_folds(labels.to(examples.features.device), num_folds=num_folds, seed=seed)


def _validate(problem: LogisticProblem, z_ND: Tensor, fold_N: Tensor, path: Sequence[float]) -> list[float]:
    """Mean validation log-loss along the path as far as it was tried; empty when there is nothing to choose or ask."""
    held_out = sorted(set(fold_N.tolist()) - {ALWAYS_TRAIN})
    if len(path) == 1 or not held_out or problem.target_NK.shape[1] == 0:
        return []
    solutions = {fold: problem.start(z_ND.shape[1]) for fold in held_out}
    parts = {fold: (z_ND[fold_N != fold], problem.target_NK[fold_N != fold]) for fold in held_out}
    losses: list[float] = []
    for penalty in path:
        total = 0.0
        for fold, (part_z, part_target) in parts.items():
            solution = solve_logistic(
                problem, part_z, part_target, penalty=penalty, start=solutions[fold], tolerance=_CHOOSING
            )
            solutions[fold], rows = solution, fold_N == fold
            score_NK = z_ND[rows] @ solution[:-1] + solution[-1]
            total += float(problem.loss(score_NK, problem.target_NK[rows])) * int(rows.sum())
        losses.append(total / int((fold_N != ALWAYS_TRAIN).sum()))
        if len(losses) - 1 - losses.index(min(losses)) >= _PATIENCE:
            break
    return losses


def _choose(path: Sequence[float], losses: Sequence[float], num_examples: int) -> float:
    if losses:
        return path[losses.index(min(losses))]
    return min(path, key=lambda strength: abs(math.log(strength * num_examples)))
