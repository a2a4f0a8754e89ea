"""Mean and variance of channels, the user's beside those of a source, and how far apart the two are."""

# C channels, N examples.

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor


@final
@dataclass(kw_only=True, slots=True)
class ChannelStatistics:
    """Of one layer: what a source had, and sums of the user's values."""

    mean_C: Tensor
    variance_C: Tensor
    sum_C: Tensor
    square_C: Tensor
    count_1: int = 0

    @classmethod
    def beside(cls, mean_C: Tensor, variance_C: Tensor) -> "ChannelStatistics":
        """The source's."""
        mean_C, variance_C = mean_C.cpu().double(), variance_C.cpu().double()
        return cls(
            mean_C=mean_C, variance_C=variance_C, sum_C=torch.zeros_like(mean_C), square_C=torch.zeros_like(mean_C)
        )

    def add(self, values: Tensor) -> None:
        """Values of shape (examples, channels, …). Centred first: sums of squares of far values lose digits.

        One example at a time: the first maps of a batch in float64 are hundreds of megabytes.
        """
        for value in values.detach().cpu():
            flat_CN = value.reshape(len(self.mean_C), -1).double() - self.mean_C[:, None]
            self.sum_C += flat_CN.sum(1)
            self.square_C += flat_CN.square().sum(1)
            self.count_1 += flat_CN.shape[1]

    def _moments(self) -> tuple[Tensor, Tensor]:
        """Difference of the means, and the variance of the user's values."""
        shift_C = self.sum_C / self.count_1
        return shift_C, (self.square_C / self.count_1 - shift_C.square()).clamp_min(0)

    def frechet(self) -> float:
        """Fréchet distance of two Gaussians of independent channels, in units of the source's total variance.

        sum((m - m')^2 + (s - s')^2) / sum(s'^2) (Dowson and Landau 1982): 0 for equal statistics, 1 where the two are
        as far apart as an example of the source is from its own mean.
        """
        shift_C, variance_C = self._moments()
        apart = shift_C.square() + (variance_C.sqrt() - self.variance_C.sqrt()).square()
        return float(apart.sum() / self.variance_C.sum().clamp_min(torch.finfo(torch.float64).tiny))

    def overlap(self) -> float:
        """Mean over the channels of the Bhattacharyya coefficient of two Gaussians: 1 for equal ones, 0 for strangers.

        A channel that is constant in both, as dead ones are, overlaps where the constants are the same.
        """
        shift_C, variance_C = self._moments()
        both_C = variance_C + self.variance_C
        lives_C = both_C > 0
        safe_C = torch.where(lives_C, both_C, 1.0)
        height_C = (2 * (variance_C * self.variance_C).sqrt() / safe_C).sqrt()
        coefficient_C = height_C * (-shift_C.square() / (4 * safe_C)).exp()
        return float(torch.where(lives_C, coefficient_C, (shift_C == 0).double()).mean())
