"""Logistic regression from the strongest penalty to the weakest, each fit starting from the one before."""

# N examples, R directions, K fitted columns, P folds that are solved together.

import math
from dataclasses import dataclass, replace
from typing import Final, Self

import torch
from torch import Tensor

from injerto.strategies.heads.folds import ALWAYS_TRAIN
from injerto.strategies.heads.logistic_solver import LogisticProblem, LogisticSolution, solve_logistic

_CHOOSING: Final = 1e-4
"""Largest gradient while choosing: it moves a validation log-loss in its fourth digit. With 1e-3 and 77 classes weak
penalties looked better than they are, since a fit that stops early is one of a stronger penalty."""

_FINAL: Final = 1e-6
"""Largest gradient of the head, or a thousandth of the penalty, which is all the curvature that some directions have:
probabilities of new examples move by 1e-4. Towards 1e-9 float64 had no digits left to go by, and where a fit ended,
after 250 or 1,600 evaluations, was chance."""

_TOGETHER: Final = 30_000
"""Most examples times columns whose folds are solved as one problem. It takes as many steps as one of them, where a
step costs its calls (0.28 s for 0.41 with 650 examples and 10 classes); where it costs the arithmetic, of which there
is a quarter more, they are quicker one by one (7.4 s for 8.7 with 8,000 and 20)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogisticPath:
    """A problem, its features in their principal directions, and the penalties to try, falling."""

    problem: LogisticProblem
    t_NR: Tensor
    variance_R: Tensor
    penalties: tuple[float, ...]

    def solve(self, index: int, start: LogisticSolution | None = None) -> tuple[Tensor, Tensor]:
        """Weights (columns, directions) and intercepts (columns,) on all examples for the penalty at `index`.

        `start` is a solution for that penalty on nearly the same examples; without one the path is walked.
        """
        everyone_1N = self.t_NR.new_full((1, len(self.t_NR)), 1 / len(self.t_NR))
        solution = start or LogisticSolution.zero(self.t_NR.shape[1], self.problem)
        for position in range(index if start else 0, index + 1):
            tolerance = min(_FINAL, self.penalties[index] / 1000) if position == index else _CHOOSING
            solution = self._step(self.t_NR, self.problem.target_KN, everyone_1N, position, solution, tolerance)
        return solution.part(0)

    def validate(self, fold_N: Tensor) -> tuple[list[float], list[LogisticSolution]]:
        """Mean validation log-loss along the path as far as it was tried, and the mean of the folds' solutions there.

        Both are empty when there is nothing to choose or ask. The directions are those of all examples. They hold those
        of any part, so that a part's solution in them is the part's own; no target is looked at to find them.
        """
        held_out = sorted(set(fold_N.tolist()) - {ALWAYS_TRAIN})
        if len(self.penalties) == 1 or not held_out or not len(self.problem.target_KN):
            return [], []
        rough = self._in_float32()
        together = self.problem.target_KN.numel() <= _TOGETHER
        groups = [tuple(held_out)] if together else [(fold,) for fold in held_out]
        solutions = {folds: LogisticSolution.zero(rough.t_NR.shape[1], rough.problem, len(folds)) for folds in groups}
        losses: list[float] = []
        means: list[LogisticSolution] = []
        for position in range(len(self.penalties)):
            total = 0.0
            for folds in groups:
                learns_PN = fold_N != torch.tensor(folds, device=fold_N.device)[:, None]
                solutions[folds], loss = rough._validate_some(learns_PN, position, solutions[folds])
                total += loss
            losses.append(total / int((fold_N != ALWAYS_TRAIN).sum()))
            means.append(LogisticSolution.mean(list(solutions.values())))
            if losses[-1] > min(losses):
                break
        return losses, means

    def _validate_some(
        self, learns_PN: Tensor, position: int, start: LogisticSolution
    ) -> tuple[LogisticSolution, float]:
        """The solutions without the examples that each part holds out, and the sum of their losses."""
        target_KN, learns_N = self.problem.target_KN, learns_PN.any(0)
        share_PN = learns_PN[:, learns_N].to(self.t_NR) / learns_PN.sum(1, keepdim=True)
        solution = self._step(self.t_NR[learns_N], target_KN[:, learns_N], share_PN, position, start, _CHOOSING)
        total = 0.0
        for part, held_N in enumerate(~learns_PN):
            weight_KR, bias_K = solution.part(part)
            loss = self.problem.loss(weight_KR @ self.t_NR[held_N].T + bias_K[:, None], target_KN[:, held_N])
            total += float(loss) * int(held_N.sum())
        return solution, total

    def _in_float32(self) -> Self:
        """The same path with half the digits, which are enough to choose by and take half the time."""
        problem = replace(self.problem, target_KN=self.problem.target_KN.float())
        return replace(self, problem=problem, t_NR=self.t_NR.float(), variance_R=self.variance_R.float())

    def customary(self) -> int:
        """Position of the penalty nearest to scikit-learn's C = 1, for data that cannot be validated on."""
        distances = [abs(math.log(penalty * len(self.t_NR))) for penalty in self.penalties]
        return distances.index(min(distances))

    def _step(
        self,
        t_NR: Tensor,
        target_KN: Tensor,
        share_PN: Tensor,
        position: int,
        start: LogisticSolution,
        tolerance: float,
    ) -> LogisticSolution:
        return solve_logistic(
            self.problem,
            t_NR,
            target_KN,
            share_PN,
            variance_R=self.variance_R,
            penalty=self.penalties[position],
            start=start,
            tolerance=tolerance,
        )
