"""Features on one scale while a head is fitted; the scale is folded into the weights afterwards."""

# N examples, B examples of a block, D features, C classes.

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import torch
from torch import Tensor

_BLOCK_NUMBERS: Final = 1 << 22


def row_blocks(num_rows: int, num_columns: int, *, every: int = 1) -> Iterator[slice]:
    """Slices that together hold every row once (or each `every`-th), small enough to be copied: 32 MB in float64."""
    step = every * max(1, _BLOCK_NUMBERS // num_columns)
    for start in range(0, num_rows, step):
        yield slice(start, min(start + step, num_rows), every)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standardisation:
    """z = (x - mean) / scale in float64; a constant feature has scale one, so that its z is zero."""

    mean_D: Tensor
    scale_D: Tensor

    @classmethod
    def of(cls, features_ND: Tensor, weight_N: Tensor) -> Self:
        """Weighted mean and standard deviation of every feature; the weights have mean one."""
        num, width = features_ND.shape
        mean_D, variance_D = (torch.zeros(width, dtype=torch.float64, device=features_ND.device) for _ in range(2))
        for rows in row_blocks(num, width):
            mean_D += weight_N[rows] @ features_ND[rows].double() / num
        for rows in row_blocks(num, width):
            variance_D += weight_N[rows] @ (features_ND[rows].double() - mean_D).square_() / num
        # The variance of a constant feature is rounding error; dividing by its root would turn noise into a feature.
        # Same bound as scikit-learn's `_is_constant_feature`.
        noise = num * torch.finfo(torch.float64).eps
        constant_D = variance_D <= noise * variance_D + (noise * mean_D).square()
        return cls(mean_D=mean_D, scale_D=torch.where(constant_D, 1.0, variance_D.sqrt()))

    def __call__(self, features_BD: Tensor) -> Tensor:
        return (features_BD.double() - self.mean_D).div_(self.scale_D)

    def fold(self, weight_CD: Tensor, bias_C: Tensor) -> tuple[Tensor, Tensor]:
        """Weight and bias that give on features what the given ones give on standardised features."""
        folded_CD = weight_CD / self.scale_D
        return folded_CD, bias_C - folded_CD @ self.mean_D
