"""L2-penalised logistic regression for one strength: preconditioned L-BFGS in float64."""

# N examples, D features, R directions, K fitted columns (classes; one margin for two classes; labels).

from dataclasses import dataclass
from typing import Final, Self

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from injerto.backbones.lean_imports import spare_lbfgs_the_compiler
from injerto.strategies.heads.examples import Examples
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.linear_assembly import assemble_binary, assemble_labels, assemble_linear

_MEMORY: Final = 10
_MOST_STEPS: Final = 1000
_NO_PROGRESS: Final = 1e-13
_LEAST_CURVATURE: Final = 1e-3
"""Taken where a fit starts out more certain than this; it decides the number of steps, never the result."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogisticProblem:
    """What is fitted: columns of targets, and the loss that they ask for.

    Three or more classes share one softmax. Two classes are one sigmoid, as in scikit-learn, whose penalty on one
    weight vector is not the one on two. With many labels every label is a sigmoid of its own. Classes without an
    example, and labels that every example or none has, are not fitted: their optimum is infinite.
    """

    target_NK: Tensor
    softmax: bool
    column_K: Tensor
    """The classes of the fitted columns; for two classes both of them, though the column is one."""

    @classmethod
    def of(cls, examples: Examples) -> Self:
        """The problem that the targets of the examples pose."""
        share_C = examples.targets.mean(0)
        learned_C = (share_C > 0) & (share_C < 1) if examples.multi_label else share_C > 0
        column_K = learned_C.nonzero()[:, 0]
        target_NK = examples.targets[:, column_K]
        if examples.multi_label:
            return cls(target_NK=target_NK, softmax=False, column_K=column_K)
        if len(column_K) == 2:
            return cls(target_NK=target_NK[:, 1:], softmax=False, column_K=column_K)
        return cls(target_NK=target_NK, softmax=True, column_K=column_K)

    def loss(self, score_NK: Tensor, target_NK: Tensor) -> Tensor:
        """Log-loss, summed over columns, its mean over examples."""
        if self.softmax:
            return cross_entropy(score_NK, target_NK)
        return binary_cross_entropy_with_logits(score_NK, target_NK, reduction="sum") / len(score_NK)

    def residual(self, score_NK: Tensor, target_NK: Tensor) -> Tensor:
        """Gradient of the loss in the scores: probability minus target, over the number of examples."""
        probability_NK = score_NK.softmax(1) if self.softmax else score_NK.sigmoid()
        return probability_NK.sub_(target_NK).div_(len(score_NK))

    def curvature(self, score_NK: Tensor) -> float:
        """Second derivative of the loss in a score, p (1 - p), its mean over examples and columns."""
        probability_NK = score_NK.softmax(1) if self.softmax else score_NK.sigmoid()
        return max(_LEAST_CURVATURE, float((probability_NK * (1 - probability_NK)).mean()))

    def assemble(self, weight_KD: Tensor, bias_K: Tensor, examples: Examples) -> LinearHead:
        """The head of all classes from rows of the fitted ones."""
        num_classes, width = examples.num_classes, weight_KD.shape[1]
        if examples.multi_label:
            weight_CD, bias_C = weight_KD.new_zeros(num_classes, width), bias_K.new_zeros(num_classes)
            weight_CD[self.column_K], bias_C[self.column_K] = weight_KD, bias_K
            return assemble_labels(weight_CD, bias_C, examples.targets.mean(0))
        if self.softmax:
            return assemble_linear(weight_KD, bias_K, self.column_K, num_classes)
        return assemble_binary(weight_KD[0], bias_K[0], self.column_K, num_classes)


@dataclass(frozen=True, kw_only=True, slots=True)
class LogisticSolution:
    """Weights in the directions of the features, shape (directions, columns), and intercepts, (columns,)."""

    weight_RK: Tensor
    bias_K: Tensor

    @classmethod
    def zero(cls, num_directions: int, problem: LogisticProblem) -> Self:
        """Where a path starts: at an infinite penalty."""
        num_columns = problem.target_NK.shape[1]
        new_zeros = problem.target_NK.new_zeros
        return cls(weight_RK=new_zeros(num_directions, num_columns), bias_K=new_zeros(num_columns))

    def scores(self, t_NR: Tensor) -> Tensor:
        return t_NR @ self.weight_RK + self.bias_K


def solve_logistic(
    problem: LogisticProblem,
    t_NR: Tensor,
    target_NK: Tensor,
    *,
    variance_R: Tensor,
    penalty: float,
    start: LogisticSolution,
    tolerance: float,
) -> LogisticSolution:
    """Minimise loss + penalty / 2 |W|^2, the intercepts free.

    scikit-learn minimises C * sum of losses + |W|^2 / 2, which is this with C = 1 / (n * penalty). `t_NR` are
    standardised features in their principal directions, of variance `variance_R`: an orthonormal change of basis,
    which |W|^2 does not notice and which has no more directions than examples. There the curvature of the objective is
    about p (1 - p) variance + penalty in each direction, where p (1 - p), taken from the start, is near 1/4 for two
    classes and 1/77 for 77. Counting in units of its root makes directions alike, so that a few dozen steps do where
    plain L-BFGS, on the correlated features of a network, takes hundreds. The objective is convex: units and start
    decide the time, not the result.
    """
    if target_NK.shape[1] == 0:
        return start  # Every label is the same for all examples: there is no column to fit.
    curvature = problem.curvature(start.scores(t_NR))
    unit_R1, bias_unit = (curvature * variance_R + penalty).sqrt()[:, None], curvature**0.5
    u_NR = t_NR / unit_R1.T
    solution = torch.cat([start.weight_RK * unit_R1, start.bias_K[None] * bias_unit]).requires_grad_()
    spare_lbfgs_the_compiler()
    optimizer = torch.optim.LBFGS(
        [solution],
        max_iter=_MOST_STEPS,
        max_eval=2 * _MOST_STEPS,
        tolerance_grad=tolerance,
        tolerance_change=_NO_PROGRESS,
        history_size=_MEMORY,
        line_search_fn="strong_wolfe",
    )

    @torch.no_grad()
    def closure() -> float:
        weight_RK, bias_K = solution[:-1], solution[-1] / bias_unit
        score_NK = u_NR @ weight_RK + bias_K
        shrunk_RK = penalty * weight_RK / unit_R1.square()
        loss = problem.loss(score_NK, target_NK) + (weight_RK * shrunk_RK).sum() / 2
        residual_NK = problem.residual(score_NK, target_NK)
        # Transposed twice: the product that reads the features as they lie takes three quarters of the time.
        gradient_RK = (residual_NK.T @ u_NR).T + shrunk_RK
        solution.grad = torch.cat([gradient_RK, residual_NK.sum(0, keepdim=True) / bias_unit])
        return float(loss)

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    found = solution.detach()
    return LogisticSolution(weight_RK=found[:-1] / unit_R1, bias_K=found[-1] / bias_unit)
