"""Linear discriminants for every shrinkage at once, with exact leave-one-out scores, from one eigendecomposition."""

# N examples, B examples of a block, D features, R directions, K classes with examples, L penalties.

from dataclasses import dataclass
from typing import Self, final

import torch
from torch import Tensor

from injerto.strategies.heads.moments import Moments
from injerto.strategies.heads.spectrum import Spectrum, remembered_eigen
from injerto.strategies.heads.standardisation import row_blocks


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

    spectrum: Spectrum
    """Of all examples, whatever their class."""
    turn_RR: Tensor
    """From its directions to those in which the covariance within classes is diagonal."""
    variance_R: Tensor
    mean_KR: Tensor
    count_K: Tensor
    log_share_K: Tensor
    freedom: float
    """n - K, at least one."""

    @classmethod
    def of(cls, spectrum: Spectrum, mean_KR: Tensor, count_K: Tensor, *, even: bool = False) -> Self:
        """From the spectrum of all examples and, in its directions, the means of each class.

        `even` takes every class for as likely as any other.
        """
        freedom = max(1.0, float(count_K.sum()) - len(count_K))
        share_K = torch.ones_like(count_K) if even else count_K
        # The scatter of all examples is diagonal in these directions; what lies between classes is taken from it.
        within_RR = torch.diag(spectrum.value_R) - mean_KR.T @ (count_K[:, None] * mean_KR)
        value_R, turn_RR = remembered_eigen(within_RR)
        return cls(
            spectrum=spectrum,
            turn_RR=turn_RR,
            variance_R=value_R.clamp_min(0) / freedom,
            mean_KR=mean_KR @ turn_RR,
            count_K=count_K,
            log_share_K=(share_K / share_K.sum()).log(),
            freedom=freedom,
        )

    @classmethod
    def of_moments(cls, moments: Moments, present_K: Tensor, *, even: bool = False) -> Self:
        """The same from sums over examples of one label each."""
        spectrum, count_K = moments.spectrum(), moments.label_C[present_K]
        mean_KD = (moments.cross_DC[:, present_K] / count_K).T
        mean_KD = (mean_KD - spectrum.standardise.mean_D) / spectrum.standardise.scale_D
        return cls.of(spectrum, mean_KD @ spectrum.basis_DR, count_K, even=even)

    def solve(self, penalty: float) -> tuple[Tensor, Tensor]:
        """Weight, shape (classes, features), and bias, shape (classes,), on features as they were given."""
        inverse_R = self._inverse(self.variance_R.new_tensor([penalty]))[0]
        weight_KR = self.mean_KR * inverse_R
        bias_K = self.log_share_K - (weight_KR * self.mean_KR).sum(1) / 2
        return self.spectrum.standardise.fold(weight_KR @ self.turn_RR.T @ self.spectrum.basis_DR.T, bias_K)

    def coordinates(self, features_ND: Tensor, *, every: int = 1) -> Tensor:
        """All features, or every so many, in the directions of the path, shape (examples, directions)."""
        blocks = row_blocks(*features_ND.shape, every=every)
        return torch.cat([self.spectrum.coordinates(features_ND, rows) @ self.turn_RR for rows in blocks])

    def left_out_scores(self, t_NR: Tensor, label_N: Tensor, penalty: float) -> Tensor:
        """Leave-one-out scores, shape (examples, classes), of `coordinates` of examples that the path was made of.

        `label_N` counts among the classes that have examples. A score of minus infinity is a class left without any.
        """
        inverse_R = self._inverse(self.variance_R.new_tensor([penalty]))[0]
        blocks = row_blocks(len(t_NR), len(self.count_K))
        distances = [self._left_out_distances(t_NR[rows], label_N[rows], inverse_R, penalty) for rows in blocks]
        return self.log_share_K - torch.cat(distances) / 2

    def _left_out_distances(self, t_BR: Tensor, c_B: Tensor, inverse_R: Tensor, penalty: float) -> Tensor:
        freedom = self.freedom * (1 + penalty)
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
