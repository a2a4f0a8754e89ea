"""L2-penalised logistic regression for one strength: L-BFGS on standardised features in float64."""

# N examples, D features, K fitted columns (classes; one margin for two classes; labels).

from dataclasses import dataclass
from typing import Final, Self

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from injerto.strategies.heads.examples import Examples
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.linear_assembly import assemble_binary, assemble_labels, assemble_linear

_MEMORY: Final = 10
_NO_PROGRESS: Final = 1e-12


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
        """Sum over columns, mean over examples, of the log-loss."""
        if self.softmax:
            return cross_entropy(score_NK, target_NK)
        return binary_cross_entropy_with_logits(score_NK, target_NK, reduction="sum") / len(score_NK)

    def start(self, num_features: int) -> Tensor:
        """Weights and, in the last row, intercepts, all zero; shape (features + 1, columns)."""
        return self.target_NK.new_zeros(num_features + 1, self.target_NK.shape[1])

    def assemble(self, weight_CD: Tensor, bias_C: Tensor, examples: Examples) -> LinearHead:
        """The head of all classes from rows of the fitted ones."""
        num_classes, width = examples.num_classes, weight_CD.shape[1]
        if examples.multi_label:
            all_CD, all_C = weight_CD.new_zeros(num_classes, width), bias_C.new_zeros(num_classes)
            all_CD[self.column_K], all_C[self.column_K] = weight_CD, bias_C
            return assemble_labels(all_CD, all_C, examples.targets.mean(0))
        if self.softmax:
            return assemble_linear(weight_CD, bias_C, self.column_K, num_classes)
        return assemble_binary(weight_CD[0], bias_C[0], self.column_K, num_classes)


def solve_logistic(
    problem: LogisticProblem, z_ND: Tensor, target_NK: Tensor, *, penalty: float, start: Tensor, tolerance: float
) -> Tensor:
    """Minimise loss + penalty / 2 |W|^2, the intercepts free, from `start`; same shape as `start`.

    scikit-learn minimises C * sum of losses + |W|^2 / 2, which is this with C = 1 / (n * penalty). The objective is
    strictly convex in W, so that the start decides the time and not the result.
    """
    if start.numel() == 0:
        return start  # Every label is the same for all examples: there is no column to fit.
    solution = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [solution],
        max_iter=1000,
        tolerance_grad=tolerance,
        tolerance_change=_NO_PROGRESS,
        history_size=_MEMORY,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        weight_DK, bias_K = solution[:-1], solution[-1]
        objective = problem.loss(z_ND @ weight_DK + bias_K, target_NK) + penalty / 2 * weight_DK.square().sum()
        objective.backward()  # type: ignore[no-untyped-call]
        return objective

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return solution.detach()
