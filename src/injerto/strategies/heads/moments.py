"""Sums over examples that linear heads are solved from: count, features, their products, labels, both crossed."""

# N examples, B examples of a block, D features, C classes.

from dataclasses import dataclass, fields
from typing import Self, final

import torch
from torch import Tensor

from injerto.strategies.heads.examples import Examples
from injerto.strategies.heads.spectrum import Spectrum, decompose_gram
from injerto.strategies.heads.standardisation import Standardisation, row_blocks


@final
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Moments:
    """Raw sums in float64. They add where examples come, subtract where examples go, and scale where they are weighted.

    The sums are not centred, which is what lets them be added: a feature whose mean is m standard deviations from zero
    loses about 2 log10(m) of its sixteen digits.
    """

    count: Tensor
    """Number (or weight) of examples, shape ()."""
    sum_D: Tensor
    product_DD: Tensor
    """Sum of x^T x."""
    label_C: Tensor
    """Sum of y: how many examples each class has."""
    cross_DC: Tensor
    """Sum of x^T y: with one label an example, the sum of the features of each class."""

    @classmethod
    def zeros(cls, num_features: int, num_classes: int) -> Self:
        """Sums over no example."""
        zeros = {"count": (), "sum_D": (num_features,), "product_DD": (num_features, num_features)}
        zeros |= {"label_C": (num_classes,), "cross_DC": (num_features, num_classes)}
        return cls(**{name: torch.zeros(shape, dtype=torch.float64) for name, shape in zeros.items()})

    @classmethod
    def of(cls, examples: Examples) -> Self:
        """Sums over some examples, each counted once."""
        moments = cls.zeros(examples.features.shape[1], examples.num_classes)
        for rows in row_blocks(len(examples), examples.features.shape[1]):
            x_BD, y_BC = examples.features[rows].double().cpu(), examples.targets[rows].cpu()
            moments.count.add_(len(x_BD))
            moments.sum_D.add_(x_BD.sum(0))
            moments.product_DD.addmm_(x_BD.T, x_BD)
            moments.label_C.add_(y_BC.sum(0))
            moments.cross_DC.addmm_(x_BD.T, y_BC)
        return moments

    def plus(self, other: "Moments", *, weight: float = 1.0) -> "Moments":
        """These sums and `weight` times the other ones; -1 takes examples away."""
        return Moments(
            **{
                part.name: torch.add(getattr(self, part.name), getattr(other, part.name), alpha=weight)
                for part in fields(self)
            }
        )

    def standardisation(self) -> Standardisation:
        """Mean and standard deviation of every feature."""
        mean_D = self.sum_D / self.count
        variance_D = self.product_DD.diagonal() / self.count - mean_D.square()
        # Rounding of the raw sums: a variance this far below the squared mean is no variance.
        noise = 8 * torch.finfo(torch.float64).eps * self.count
        constant_D = variance_D <= noise * (variance_D.abs() + mean_D.square())
        return Standardisation(
            mean_D=mean_D, scale_D=torch.where(constant_D, torch.inf, variance_D.clamp_min(0).sqrt())
        )

    def spectrum(self) -> Spectrum:
        """Of the standardised features, without their coordinates."""
        standardise = self.standardisation()
        gram_DD = self.product_DD - self.count * torch.outer(standardise.mean_D, standardise.mean_D)
        gram_DD /= standardise.scale_D[:, None]
        gram_DD /= standardise.scale_D
        value_R, basis_DR = decompose_gram(gram_DD, float(self.count))
        return Spectrum(standardise=standardise, value_R=value_R, basis_DR=basis_DR)

    def cross(self, standardise: Standardisation) -> Tensor:
        """Sum of z^T (y - mean of y), shape (features, classes)."""
        centred_DC = self.cross_DC - torch.outer(standardise.mean_D, self.label_C)
        return centred_DC / standardise.scale_D[:, None]
