"""Ridge regression for every penalty at once, with exact leave-one-out scores, from one eigendecomposition."""

# N examples, B examples of a block, D features, R directions, C classes, L penalties.

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from injerto.strategies.heads.examples import Examples
from injerto.strategies.heads.moments import Moments
from injerto.strategies.heads.spectrum import Spectrum, decompose
from injerto.strategies.heads.standardisation import row_blocks


@dataclass(frozen=True, kw_only=True, slots=True)
class RidgePath:
    r"""The solutions of a weighted ridge regression as a function of its penalty.

    Minimised over the weights W and the intercept b, which is not penalised, is

        sum_i s_i |y_i - b - z_i W|^2 + n lambda |W|^2,        sum_i s_i = n,

    z the standardised features. With the weighted mean of z zero, b is the weighted mean of y. Let
    M = sum_i s_i z_i^T z_i = V diag(e) V^T, t = Z V the features in those directions and
    q = V^T sum_i s_i z_i^T (y_i - b). Then

        fit_i  = b + t_i diag(1 / (e + n lambda)) q
        h_i    = s_i / n + s_i t_i diag(1 / (e + n lambda)) t_i^T          (the diagonal of the hat matrix)
        left out, y_i is predicted as  y_i - (y_i - fit_i) / (1 - h_i),

    the last one exactly: it is what a refit without example i predicts for it, with standardisation and n lambda held
    (Golub, Heath and Wahba 1979; Rifkin and Lippert 2007).
    """

    spectrum: Spectrum
    num_examples: float
    """Their number, or the sum of their weights."""
    mean_C: Tensor
    projection_RC: Tensor

    @classmethod
    def of(cls, examples: Examples, weight_N: Tensor) -> Self:
        """Decompose the features; `weight_N` has mean one."""
        x_ND, y_NC = examples.features, examples.targets
        spectrum = decompose(x_ND, weight_N)
        mean_C = weight_N @ y_NC / len(examples)
        projection_RC = spectrum.basis_DR.new_zeros(len(spectrum.value_R), y_NC.shape[1])
        for rows in row_blocks(*x_ND.shape):
            t_BR = spectrum.coordinates(x_ND, rows)
            projection_RC += t_BR.T @ (weight_N[rows, None] * (y_NC[rows] - mean_C))
        return cls(spectrum=spectrum, num_examples=float(len(examples)), mean_C=mean_C, projection_RC=projection_RC)

    @classmethod
    def of_moments(cls, moments: Moments) -> Self:
        """The same from sums, without the examples."""
        spectrum = moments.spectrum()
        return cls(
            spectrum=spectrum,
            num_examples=float(moments.count),
            mean_C=moments.label_C / moments.count,
            projection_RC=spectrum.basis_DR.T @ moments.cross(spectrum.standardise),
        )

    def solve(self, penalty: float) -> tuple[Tensor, Tensor]:
        """Weight, shape (classes, features), and bias, shape (classes,), on features as they were given."""
        shrink_R = self._shrink(self.mean_C.new_tensor([penalty]))[0]
        weight_DC = self.spectrum.basis_DR @ (shrink_R[:, None] * self.projection_RC)
        return self.spectrum.standardise.fold(weight_DC.T, self.mean_C)

    def left_out_scores(
        self, examples: Examples, weight_N: Tensor, penalty_L: Tensor, *, every: int = 1
    ) -> Iterator[tuple[slice, Tensor]]:
        """Blocks of rows (all, or every so many) with leave-one-out scores, shape (rows, penalties, classes)."""
        shrink_LR = self._shrink(penalty_L)
        num_penalties, num_classes = len(penalty_L), len(self.mean_C)
        solution_RLC = self.projection_RC[:, None] * shrink_LR.T[:, :, None]
        width = max(len(self.spectrum.basis_DR), num_penalties * num_classes)
        for rows in row_blocks(len(examples), width, every=every):
            t_BR = self.spectrum.coordinates(examples.features, rows)
            flat = torch.addmm(self.mean_C.repeat(num_penalties), t_BR, solution_RLC.flatten(1))
            fit_BLC = flat.view(-1, num_penalties, num_classes)
            s_B1 = weight_N[rows, None]
            h_BL = s_B1 / len(examples) + s_B1 * (t_BR.square() @ shrink_LR.T)
            # One example alone has h = 1: nothing is left to learn from, and its score is zero.
            kept_BL = (1 - h_BL).clamp_min(torch.finfo(torch.float64).eps)
            # (fit - h y) / (1 - h), in place: these blocks are the largest of a fit, and copies would double its time.
            fit_BLC.addcmul_(h_BL[:, :, None], examples.targets[rows, None], value=-1)
            yield rows, fit_BLC.div_(kept_BL[:, :, None])

    def _shrink(self, penalty_L: Tensor) -> Tensor:
        return 1 / (self.spectrum.value_R + self.num_examples * penalty_L[:, None])
