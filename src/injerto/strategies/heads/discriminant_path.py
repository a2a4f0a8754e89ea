"""Linear discriminants for every shrinkage at once, with exact leave-one-out scores, from one eigendecomposition."""

# N examples, B examples of a block, D features, R directions, K classes with examples, L penalties.

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self, final

import torch
from torch import Tensor

from injerto.strategies.heads.moments import Moments
from injerto.strategies.heads.spectrum import remembered_eigen
from injerto.strategies.heads.standardisation import Standardisation, row_blocks


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class DiscriminantPath:
    r"""Gaussian classes of one covariance, as a function of how far it is shrunk towards a sphere.

    With W the scatter within classes of the standardised features, n examples and K classes, the shared covariance is
    (W / (n - K) + lambda v I) / (1 + lambda), v its mean variance. A class of mean m_k and share p_k scores

        s_k(x) = log p_k - 1/2 (x - m_k) A (x - m_k)^T,        A the inverse of that covariance.

    Leaving out example x of class c moves that class's mean away from it and takes a matrix of rank one from W. With
    d = x - m_c, f = n_c / (n_c - 1), q_k = (x - m_k) A (x - m_k)^T, g_k = d A (x - m_k)^T and
    u = f / ((n - K) (1 + lambda) - f q_c), the Sherman-Morrison formula gives every left-out distance exactly,

        k != c:  q_k + u g_k^2        k = c:  f^2 (q_c + u q_c^2),

    standardisation, v and n - K held. g needs no new products: 2 g_k = q_c + q_k - (m_c - m_k) A (m_c - m_k)^T.
    An example that is alone in its class leaves that class unknown, so that it cannot be right.

    References:
        Friedman 1989, Regularized discriminant analysis; Sherman and Morrison 1950.
    """

    standardise: Standardisation
    basis_DR: Tensor
    """Directions in which the covariance is diagonal; differences of class means lie in their span."""
    variance_R: Tensor
    mean_KR: Tensor
    count_K: Tensor
    log_share_K: Tensor
    freedom: float
    """n - K, at least one."""

    @classmethod
    def of(
        cls,
        standardise: Standardisation,
        total: tuple[Tensor, Tensor],
        class_mean_KD: Tensor,
        count_K: Tensor,
        *,
        even: bool = False,
    ) -> Self:
        """From the spectrum of all examples and the means of standardised features of each class.

        `even` takes every class for as likely as any other.
        """
        total_R, span_DR = total
        freedom = max(1.0, float(count_K.sum()) - len(count_K))
        share_K = torch.ones_like(count_K) if even else count_K
        mean_KR = class_mean_KD @ span_DR
        # The scatter of all examples is diagonal in these directions; what lies between classes is taken from it.
        within_RR = torch.diag(total_R) - mean_KR.T @ (count_K[:, None] * mean_KR)
        value_R, turn_RR = remembered_eigen(within_RR)
        return cls(
            standardise=standardise,
            basis_DR=span_DR @ turn_RR,
            variance_R=value_R.clamp_min(0) / freedom,
            mean_KR=mean_KR @ turn_RR,
            count_K=count_K,
            log_share_K=(share_K / share_K.sum()).log(),
            freedom=freedom,
        )

    @classmethod
    def of_moments(cls, moments: Moments, present_K: Tensor, *, even: bool = False) -> Self:
        """The same from sums over examples of one label each."""
        standardise = moments.standardisation()
        count_K = moments.label_C[present_K]
        class_mean_KD = (moments.cross_DC[:, present_K] / count_K).T
        class_mean_KD = (class_mean_KD - standardise.mean_D) / standardise.scale_D
        return cls.of(standardise, moments.spectrum(standardise), class_mean_KD, count_K, even=even)

    def solve(self, penalty: float) -> tuple[Tensor, Tensor]:
        """Weight, shape (classes, features), and bias, shape (classes,), on features as they were given."""
        inverse_R = self._inverse(self.variance_R.new_tensor([penalty]))[0]
        weight_KR = self.mean_KR * inverse_R
        bias_K = self.log_share_K - (weight_KR * self.mean_KR).sum(1) / 2
        return self.standardise.fold(weight_KR @ self.basis_DR.T, bias_K)

    def left_out_scores(
        self, features_ND: Tensor, label_N: Tensor, penalty_L: Tensor, *, every: int = 1
    ) -> Iterator[tuple[slice, Tensor]]:
        """Blocks of rows (all, or every so many) with leave-one-out scores, shape (rows, penalties, classes).

        `label_N` counts among the classes that have examples. A score of minus infinity is a class left without any.
        """
        inverse_LR = self._inverse(penalty_L)
        width = len(penalty_L) * len(self.count_K)
        for rows in row_blocks(len(features_ND), max(len(self.variance_R), width), every=every):
            t_BR, c_B = self.standardise(features_ND[rows]) @ self.basis_DR, label_N[rows]
            distances = [
                self._left_out_distances(t_BR, c_B, inverse_R, self.freedom * (1 + float(penalty)))
                for inverse_R, penalty in zip(inverse_LR, penalty_L, strict=True)
            ]
            yield rows, self.log_share_K - torch.stack(distances, 1) / 2

    def _left_out_distances(self, t_BR: Tensor, c_B: Tensor, inverse_R: Tensor, freedom: float) -> Tensor:
        weight_KR = self.mean_KR * inverse_R
        product_KK = weight_KR @ self.mean_KR.T
        square_K = product_KK.diagonal()
        q_BK = (t_BR.square() @ inverse_R)[:, None] - 2 * (t_BR @ weight_KR.T) + square_K
        own_B1 = q_BK.gather(1, c_B[:, None])
        between_BK = square_K[c_B, None] + square_K - 2 * product_KK[c_B]
        f_B1 = (self.count_K / (self.count_K - 1))[c_B, None]
        u_B1 = f_B1 / (freedom - f_B1 * own_B1).clamp_min(torch.finfo(torch.float64).eps)
        g_BK = (own_B1 + q_BK - between_BK) / 2
        left_BK = q_BK + u_B1 * g_BK.square()
        own_left_B1 = f_B1.square() * (own_B1 + u_B1 * own_B1.square())
        is_alone_B1 = self.count_K[c_B, None] < 2
        left_BK = torch.where(is_alone_B1, q_BK, left_BK)  # No scatter of its own: the others do not change.
        return left_BK.scatter(1, c_B[:, None], torch.where(is_alone_B1, torch.inf, own_left_B1))

    def _inverse(self, penalty_L: Tensor) -> Tensor:
        mean_variance = self.variance_R.mean().clamp_min(torch.finfo(torch.float64).tiny)
        return (1 + penalty_L[:, None]) / (self.variance_R + penalty_L[:, None] * mean_variance)
