"""L2-penalised logistic regression for one strength: preconditioned L-BFGS in float64."""

# N examples, D features, R directions, K fitted columns (classes; one margin for two classes; labels), P parts:
# problems that differ in which examples they learn from, such as the folds of a validation. Columns come first: a
# softmax over the last dimension, of ten classes, takes 17 times as long as one over the first.

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, softplus

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

    target_KN: Tensor
    softmax: bool
    column_K: Tensor
    """The classes of the fitted columns; for two classes both of them, though the column is one."""

    @classmethod
    def of(cls, examples: Examples) -> Self:
        """The problem that the targets of the examples pose."""
        share_C = examples.targets.mean(0)
        learned_C = (share_C > 0) & (share_C < 1) if examples.multi_label else share_C > 0
        column_K = learned_C.nonzero()[:, 0]
        target_KN = examples.targets[:, column_K].T.contiguous()
        if examples.multi_label:
            return cls(target_KN=target_KN, softmax=False, column_K=column_K)
        if len(column_K) == 2:
            return cls(target_KN=target_KN[1:], softmax=False, column_K=column_K)
        return cls(target_KN=target_KN, softmax=True, column_K=column_K)

    def loss(self, score_KN: Tensor, target_KN: Tensor) -> Tensor:
        """Log-loss, summed over columns, its mean over examples."""
        if self.softmax:
            return cross_entropy(score_KN.T, target_KN.T)
        return binary_cross_entropy_with_logits(score_KN, target_KN, reduction="sum") / score_KN.shape[1]

    def loss_and_residual(self, score_KPN: Tensor, target_KN: Tensor, share_PN: Tensor) -> tuple[Tensor, Tensor]:
        """The sum of the parts' losses and its gradient in the scores: probability minus target, times the share.

        `share_PN` is what an example counts in a part: one over the part's examples, or nothing.
        """
        target_K1N = target_KN[:, None]
        if self.softmax:
            log_KPN = score_KPN.log_softmax(0)
            loss = -((target_K1N * log_KPN).sum(0) * share_PN).sum()
            return loss, log_KPN.exp_().sub_(target_K1N).mul_(share_PN)
        entropy_KPN = softplus(score_KPN) - target_K1N * score_KPN
        return (entropy_KPN * share_PN).sum(), score_KPN.sigmoid().sub_(target_K1N).mul_(share_PN)

    def curvature(self, score_KPN: Tensor) -> float:
        """Second derivative of the loss in a score, p (1 - p), its mean over columns, parts and examples."""
        probability_KPN = score_KPN.softmax(0) if self.softmax else score_KPN.sigmoid()
        return max(_LEAST_CURVATURE, float((probability_KPN * (1 - probability_KPN)).mean()))

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
    """Weights in the directions of the features, (columns, parts, directions), and intercepts, (columns, parts)."""

    weight_KPR: Tensor
    bias_KP: Tensor

    @classmethod
    def zero(cls, num_directions: int, problem: LogisticProblem, num_parts: int = 1) -> Self:
        """Where a path starts: at an infinite penalty."""
        shape = (len(problem.target_KN), num_parts)
        new_zeros = problem.target_KN.new_zeros
        return cls(weight_KPR=new_zeros(*shape, num_directions), bias_KP=new_zeros(shape))

    @classmethod
    def mean(cls, solutions: Sequence[Self]) -> Self:
        """One part of float64: the mean of all parts of these."""
        weight_KPR = torch.cat([solution.weight_KPR for solution in solutions], 1).double()
        bias_KP = torch.cat([solution.bias_KP for solution in solutions], 1).double()
        return cls(weight_KPR=weight_KPR.mean(1, keepdim=True), bias_KP=bias_KP.mean(1, keepdim=True))

    def part(self, index: int) -> tuple[Tensor, Tensor]:
        """Weights (columns, directions) and intercepts (columns,) of one part."""
        return self.weight_KPR[:, index], self.bias_KP[:, index]

    def scores(self, t_NR: Tensor) -> Tensor:
        """Of every part, shape (columns, parts, examples)."""
        return self.weight_KPR @ t_NR.T + self.bias_KP[:, :, None]


def solve_logistic(
    problem: LogisticProblem,
    t_NR: Tensor,
    target_KN: Tensor,
    share_PN: Tensor,
    *,
    variance_R: Tensor,
    penalty: float,
    start: LogisticSolution,
    tolerance: float,
) -> LogisticSolution:
    """Minimise loss + penalty / 2 |W|^2 of every part, the intercepts free.

    scikit-learn minimises C * sum of losses + |W|^2 / 2, which is this with C = 1 / (n * penalty). `t_NR` are
    standardised features in their principal directions, of variance `variance_R`: an orthonormal change of basis,
    which |W|^2 does not notice and which has no more directions than examples. There the curvature of the objective is
    about p (1 - p) variance + penalty in each direction, where p (1 - p), taken from the start, is near 1/4 for two
    classes and 1/77 for 77. Counting in units of its root makes directions alike, so that a few dozen steps do where
    plain L-BFGS, on the correlated features of a network, takes hundreds. The objective is convex, and its parts share
    no weight: units, start and company decide the time, not the result.
    """
    if not len(target_KN):
        return start  # Every label is the same for all examples: there is no column to fit.
    shape, curvature = start.bias_KP.shape, problem.curvature(start.scores(t_NR))
    unit_R, bias_unit = (curvature * variance_R + penalty).sqrt(), curvature**0.5
    u_NR = t_NR / unit_R
    # M: the columns of all parts; their intercepts are the last direction.
    solution_MR = torch.cat([start.weight_KPR.flatten(0, 1) * unit_R, start.bias_KP.flatten()[:, None] * bias_unit], 1)
    solution_MR.requires_grad_()
    spare_lbfgs_the_compiler()
    optimizer = torch.optim.LBFGS(
        [solution_MR],
        max_iter=_MOST_STEPS,
        max_eval=2 * _MOST_STEPS,
        tolerance_grad=tolerance,
        tolerance_change=_NO_PROGRESS,
        history_size=_MEMORY,
        line_search_fn="strong_wolfe",
    )

    @torch.no_grad()
    def closure() -> float:
        weight_MR, bias_M1 = solution_MR[:, :-1], solution_MR[:, -1:] / bias_unit
        score_MN = torch.addmm(bias_M1, weight_MR, u_NR.T)
        shrunk_MR = penalty * weight_MR / unit_R.square()
        loss, residual_KPN = problem.loss_and_residual(score_MN.view(*shape, -1), target_KN, share_PN)
        loss = loss + (weight_MR * shrunk_MR).sum() / 2
        residual_MN = residual_KPN.flatten(0, 1)
        gradient_MR = torch.addmm(shrunk_MR, residual_MN, u_NR)
        solution_MR.grad = torch.cat([gradient_MR, residual_MN.sum(1, keepdim=True) / bias_unit], 1)
        return float(loss)

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    found_MR = solution_MR.detach()
    return LogisticSolution(
        weight_KPR=(found_MR[:, :-1] / unit_R).view(*shape, -1),
        bias_KP=(found_MR[:, -1] / bias_unit).view(shape),
    )
