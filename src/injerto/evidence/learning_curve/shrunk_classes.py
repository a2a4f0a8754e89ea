"""The discriminant head of one penalty, without the eigendecomposition that all penalties at once would need."""

# N examples, D features, K classes with examples.

from dataclasses import dataclass
from typing import Self, final

import torch
from torch import Tensor

from injerto.strategies.heads.moments import Moments
from injerto.strategies.heads.standardisation import Standardisation


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class ShrunkClasses:
    r"""Class means and the shared scatter within classes, of which `DiscriminantPath` has the formulas.

    The scatter is a matrix W of features, or, with fewer examples than features, the rows R that it is made of,
    W = R^T R. A solution needs (W + t I)^-1 m, which in the second case is (m - R^T (R R^T + t I)^-1 R m) / t: a
    Cholesky factor of the smaller of the two sides either way, a tenth of an eigendecomposition.
    """

    standardise: Standardisation
    mean_KD: Tensor
    log_share_K: Tensor
    present_K: Tensor
    freedom: float
    num_directions: int
    small: Tensor
    """W or R R^T: what is factored."""
    row_ND: Tensor | None = None
    """R, in the second case."""

    @classmethod
    def of_moments(cls, moments: Moments) -> Self:
        """From sums over examples."""
        standardise = moments.standardisation()
        present_K = moments.label_C.nonzero()[:, 0]
        count_K = moments.label_C[present_K]
        raw_KD = (moments.cross_DC[:, present_K] / count_K).T
        scatter_DD = moments.product_DD - raw_KD.T @ (count_K[:, None] * raw_KD)
        scatter_DD /= standardise.scale_D[:, None]
        scatter_DD /= standardise.scale_D
        mean_KD = (raw_KD - standardise.mean_D) / standardise.scale_D
        return cls._of(standardise, mean_KD, count_K, present_K, small=scatter_DD)

    @classmethod
    def of_rows(cls, features_ND: Tensor, label_N: Tensor) -> Self:
        """From the examples, for fewer of them than features."""
        standardise = Standardisation.of(features_ND, torch.ones(len(features_ND), dtype=torch.float64))
        count_C = torch.bincount(label_N)
        present_K = count_C.nonzero()[:, 0]
        count_K, index_N = count_C[present_K], torch.searchsorted(present_K, label_N)
        z_ND = standardise(features_ND)
        mean_KD = z_ND.new_zeros(len(present_K), z_ND.shape[1]).index_add_(0, index_N, z_ND) / count_K[:, None]
        row_ND = z_ND.sub_(mean_KD[index_N])
        return cls._of(standardise, mean_KD, count_K.double(), present_K, row_ND=row_ND, small=row_ND @ row_ND.T)

    @classmethod
    def _of(
        cls,
        standardise: Standardisation,
        mean_KD: Tensor,
        count_K: Tensor,
        present_K: Tensor,
        *,
        small: Tensor,
        row_ND: Tensor | None = None,
    ) -> Self:
        num = float(count_K.sum())
        return cls(
            standardise=standardise,
            mean_KD=mean_KD,
            log_share_K=(count_K / num).log(),
            present_K=present_K,
            freedom=max(1.0, num - len(count_K)),
            num_directions=max(1, min(int(num) - 1, mean_KD.shape[1])),
            small=small,
            row_ND=row_ND,
        )

    def solve(self, penalty: float) -> tuple[Tensor, Tensor]:
        """Weight, shape (classes, features), and bias, shape (classes,), as `DiscriminantPath.solve` gives them."""
        trace = float(self.small.diagonal().sum())
        ridge = max(penalty * trace / self.num_directions, torch.finfo(torch.float64).tiny ** 0.5)
        shifted = self.small.clone()
        shifted.diagonal().add_(ridge)
        factor, _ = torch.linalg.cholesky_ex(shifted)
        if self.row_ND is None:
            weight_KD = torch.cholesky_solve(self.mean_KD.T, factor).T
        else:
            inner_NK = torch.cholesky_solve(self.row_ND @ self.mean_KD.T, factor)
            weight_KD = (self.mean_KD - inner_NK.T @ self.row_ND) / ridge
        weight_KD = weight_KD * (self.freedom * (1 + penalty))
        bias_K = self.log_share_K - (weight_KD * self.mean_KD).sum(1) / 2
        return self.standardise.fold(weight_KD, bias_K)
