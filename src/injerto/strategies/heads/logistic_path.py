"""Logistic regression from the strongest penalty to the weakest, each fit starting from the one before."""

# N examples, R directions, K fitted columns.

import math
from dataclasses import dataclass, replace
from typing import Final, Self

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


@dataclass(frozen=True, kw_only=True, slots=True)
class LogisticPath:
    """A problem, its features in their principal directions, and the penalties to try, falling."""

    problem: LogisticProblem
    t_NR: Tensor
    variance_R: Tensor
    penalties: tuple[float, ...]

    def solve(self, index: int) -> LogisticSolution:
        """The solution on all examples for the penalty at `index`."""
        solution = LogisticSolution.zero(self.t_NR.shape[1], self.problem)
        for position in range(index + 1):
            tolerance = min(_FINAL, self.penalties[index] / 1000) if position == index else _CHOOSING
            solution = self._step(self.t_NR, self.problem.target_NK, position, solution, tolerance)
        return solution

    def validate(self, fold_N: Tensor) -> list[float]:
        """Mean validation log-loss along the path as far as it was tried; empty when there is nothing to choose or ask.

        The directions are those of all examples. They hold the directions of any part, so that a part's solution in
        them is the part's own; no target is looked at to find them.
        """
        held_out = sorted(set(fold_N.tolist()) - {ALWAYS_TRAIN})
        if len(self.penalties) == 1 or len(held_out) < 2 or self.problem.target_NK.shape[1] == 0:
            return []
        rough = self._in_float32()
        solutions = {fold: LogisticSolution.zero(rough.t_NR.shape[1], rough.problem) for fold in held_out}
        losses: list[float] = []
        for position in range(len(self.penalties)):
            total = 0.0
            for fold in held_out:
                solutions[fold], loss = rough._validate_one(fold_N == fold, position, solutions[fold])
                total += loss
            losses.append(total / int((fold_N != ALWAYS_TRAIN).sum()))
            if losses[-1] > min(losses):
                break
        return losses

    def _validate_one(self, held_N: Tensor, position: int, start: LogisticSolution) -> tuple[LogisticSolution, float]:
        """The solution without the examples held out, and the sum of their losses."""
        target_NK = self.problem.target_NK
        solution = self._step(self.t_NR[~held_N], target_NK[~held_N], position, start, _CHOOSING)
        loss = self.problem.loss(solution.scores(self.t_NR[held_N]), target_NK[held_N])
        return solution, float(loss) * int(held_N.sum())

    def _in_float32(self) -> Self:
        """The same path with half the digits, which are enough to choose by and take half the time."""
        problem = replace(self.problem, target_NK=self.problem.target_NK.float())
        return replace(self, problem=problem, t_NR=self.t_NR.float(), variance_R=self.variance_R.float())

    def customary(self) -> int:
        """Position of the penalty nearest to scikit-learn's C = 1, for data that cannot be validated on."""
        distances = [abs(math.log(penalty * len(self.t_NR))) for penalty in self.penalties]
        return distances.index(min(distances))

    def _step(
        self, t_NR: Tensor, target_NK: Tensor, position: int, start: LogisticSolution, tolerance: float
    ) -> LogisticSolution:
        return solve_logistic(
            self.problem,
            t_NR,
            target_NK,
            variance_R=self.variance_R,
            penalty=self.penalties[position],
            start=start,
            tolerance=tolerance,
        )
