"""Linear erasure of an attribute from features, from sums alone: LEACE."""

# D features, G groups of the attribute, C classes.

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, final

import torch
from torch import Tensor

from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.examples import check_examples
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.moments import Moments

_TOLERANCE: Final = 1e-9
"""Of the largest eigenvalue, below which a direction holds no variance."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Eraser:
    r"""The affine map after which no linear classifier tells the groups better than their frequencies do.

    Belrose et al. 2023, arXiv 2306.03819, theorem 4.3. With the covariance S of the features and the cross-covariance
    K of features and one-hot groups, and W = S^(-1/2) on the directions that have variance,

        r(x) = x - W^+ P W (x - mean),        P the orthogonal projection onto the columns of W K.

    Among all affine maps that make the cross-covariance zero it moves the features least, in every inner product. The
    guarantee is about these sums: on other examples the attribute decodes as far as their sums differ.
    """

    mean_D: Tensor
    removed_DD: Tensor
    """W^+ P W: what is taken out of a centred feature vector, from the left."""
    rank: int
    """Directions that are lost: at most one less than there are groups."""

    @classmethod
    def of(cls, moments: Moments) -> Self:
        """From sums whose classes are the groups; weights may be in them."""
        mean_D = moments.sum_D / moments.count
        covariance_DD = moments.product_DD / moments.count - torch.outer(mean_D, mean_D)
        cross_DG = (moments.cross_DC - torch.outer(mean_D, moments.label_C)) / moments.count
        eigenvalue_D, basis_DD = torch.linalg.eigh(covariance_DD)
        kept_D = eigenvalue_D > _TOLERANCE * eigenvalue_D.max().clamp_min(torch.finfo(torch.float64).tiny)
        root_R, basis_DR = eigenvalue_D[kept_D].sqrt(), basis_DD[:, kept_D]
        whitened_RG = (basis_DR.T @ cross_DG) / root_R[:, None]
        left_RG, size_G, _ = torch.linalg.svd(whitened_RG, full_matrices=False)
        # A whitened cross-covariance is a correlation: its size says by itself what is rounding.
        left_RK = left_RG[:, size_G > _TOLERANCE]
        removed_DD = (basis_DR * root_R) @ left_RK @ (left_RK.T @ (basis_DR / root_R).T)
        return cls(mean_D=mean_D, removed_DD=removed_DD, rank=left_RK.shape[1])

    def __call__(self, features_BD: Tensor) -> Tensor:
        """Features without the attribute, float64."""
        x_BD = features_BD.double()
        return x_BD - (x_BD - self.mean_D) @ self.removed_DD.T

    def fold(self, weight_CD: Tensor, bias_C: Tensor) -> tuple[Tensor, Tensor]:
        """Weight and bias that give on features what the given ones give on features without the attribute."""
        taken_CD = weight_CD @ self.removed_DD
        return weight_CD - taken_CD, bias_C + taken_CD @ self.mean_D


def fit_erased(features: Tensor, targets: Tensor, groups: Sequence[str | None], *, num_classes: int) -> FittedHead:
    """`fit_ridge` on features from which the groups are erased, by the examples that have one; the eraser is folded in.

    Where all examples are of one group nothing is erased.
    """
    names = sorted({group for group in groups if group is not None})
    rows = torch.tensor([row for row, group in enumerate(groups) if group is not None], dtype=torch.int64)
    if len(names) < 2:
        fitted = fit_ridge(features, targets, num_classes=num_classes)
        return FittedHead(head=fitted.head, facts={"solver": "erased", **fitted.facts, "erased_directions": 0})
    group_N = torch.tensor([names.index(group) for group in groups if group is not None], dtype=torch.int64)
    eraser = Eraser.of(Moments.of(check_examples(features[rows].cpu(), group_N, num_classes=len(names))))
    fitted = fit_ridge(eraser(features.cpu()), targets.cpu(), num_classes=num_classes)
    assert isinstance(fitted.head, LinearHead)
    linear = fitted.head.linear
    head = LinearHead.from_weights(*eraser.fold(linear.weight.detach().double(), linear.bias.detach().double()))
    return FittedHead(head=head, facts={"solver": "erased", **fitted.facts, "erased_directions": eraser.rank})
