"""The logistic head: multinomial (or one sigmoid a label), its penalty chosen by cross-validated log-loss."""

# N examples, D features, R directions.

import math
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final, final

import torch
from torch import Tensor

from injerto.core.errors import UsageError
from injerto.strategies.heads.examples import Examples, check_examples, check_weights
from injerto.strategies.heads.folds import ALWAYS_TRAIN, assign_folds
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.logistic_path import LogisticPath
from injerto.strategies.heads.logistic_solver import LogisticProblem, LogisticSolution
from injerto.strategies.heads.spectrum import Spectrum, decompose

STRENGTHS: Final = tuple(10.0**-power for power in range(-1, 6))
"""Penalties for each example, 10 to 1e-5 in decades; C of scikit-learn is 1 / (examples * strength)."""

_JUDGES: Final = 2_000
"""Examples that judge a penalty, where there are as many. Their mean log-loss is known to about 0.02, and better where
two penalties are compared on the same ones."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class LogisticChoice:
    """A chosen penalty; to solve for it on all examples takes about as long as choosing it."""

    examples: Examples
    spectrum: Spectrum
    path: LogisticPath
    index: int
    log_loss: float | None
    """On examples that were held out; None where there were none, or nothing to choose."""
    near: LogisticSolution | None
    """The solution for nearly the same examples."""
    seconds: float

    def solve(self) -> FittedHead:
        """The head of all examples."""
        start = perf_counter()
        weight_KR, bias_K = self.path.solve(self.index, self.near)
        weight_KD, bias_K = self.spectrum.standardise.fold(weight_KR @ self.spectrum.basis_DR.T, bias_K)
        penalty = self.path.penalties[self.index]
        facts: dict[str, float | int | str] = {"strength": penalty, "c": 1 / (len(self.examples) * penalty)}
        if self.log_loss is not None:
            facts["validation_log_loss"] = self.log_loss
        return FittedHead(
            head=self.path.problem.assemble(weight_KD, bias_K, self.examples),
            facts=facts | {"seconds": self.seconds + perf_counter() - start},
        )


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
    """Logistic regression on standardised features, in float64; arguments and choice as those of `choose_logistic`."""
    chosen = choose_logistic(
        features,
        targets,
        num_classes=num_classes,
        multi_label=multi_label,
        seed=seed,
        num_folds=num_folds,
        strengths=strengths,
    )
    return chosen.solve()


def choose_logistic(
    features: Tensor,
    targets: Tensor,
    *,
    num_classes: int,
    multi_label: bool = False,
    seed: int = 0,
    num_folds: int = 5,
    strengths: Sequence[float] = STRENGTHS,
) -> LogisticChoice:
    """The L2 penalty of least validation log-loss.

    The penalties are tried from the strongest down, each fit starting from the last one's solution. Along this path
    the validation log-loss falls and then rises; after it rose the rest, which is the slowest, is not tried. As many
    folds are left out in turn as hold 2,000 examples, which tell decades of a penalty apart: of 10,000 examples one.
    Where nothing can be validated (no class has two examples) the strength nearest to scikit-learn's C = 1 is taken.

    Args:
        features: shape (examples, features).
        targets: class indices, shape (examples,); with `multi_label` a 0/1 matrix, shape (examples, classes).
        num_classes: length of a score, at least the largest index plus one.
        seed: decides the folds.
        num_folds: 2 or more; how many parts the examples are dealt to.
        strengths: penalties to choose among, for each example; one alone is taken as it is.
    """
    start = perf_counter()
    examples = check_examples(features, targets, num_classes=num_classes, multi_label=multi_label)
    if not strengths or not all(math.isfinite(value) and value > 0 for value in strengths):
        raise UsageError("head-strengths", found=", ".join(map(str, strengths)) or "none")
    if num_folds < 2:
        raise UsageError("head-folds", found=num_folds)
    spectrum = decompose(features, check_weights(None, examples))
    path = LogisticPath(
        problem=LogisticProblem.of(examples),
        t_NR=spectrum.coordinates(features, slice(None)),
        variance_R=spectrum.value_R / len(examples),
        penalties=tuple(sorted(set(strengths), reverse=True)),
    )
    losses, means = path.validate(_folds(examples, num_folds=num_folds, seed=seed))
    index = losses.index(min(losses)) if losses else path.customary()
    return LogisticChoice(
        examples=examples,
        spectrum=spectrum,
        path=path,
        index=index,
        log_loss=losses[index] if losses else None,
        near=means[index] if means else None,  # Four fifths of the examples nearly say what all of them do.
        seconds=perf_counter() - start,
    )


def _folds(examples: Examples, *, num_folds: int, seed: int) -> Tensor:
    # Stratifying by many labels at once is not well defined; dealing out shuffled examples is the plain k-fold.
    labels = torch.zeros(len(examples), dtype=torch.int64) if examples.multi_label else examples.labels
    fold_N = assign_folds(labels.to(examples.features.device), num_folds=num_folds, seed=seed)
    needed = max(1, math.ceil(_JUDGES * num_folds / len(examples)))
    return fold_N.masked_fill(fold_N >= needed, ALWAYS_TRAIN)
