"""A family of scikit-learn classifiers that convert in the same way."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import torch
from torch import Tensor

from injerto.core.errors import UsageError
from injerto.strategies.heads.head import AbstractHead

Estimator: TypeAlias = Any
"""A scikit-learn classifier; that library has no types of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What a head must accept and give, beside what the estimator learned."""

    num_features: int
    num_classes: int
    present_K: Tensor
    """Class index of each of the estimator's own classes, rising."""


class AbstractFamily(ABC):
    """Estimators whose fitted attributes say everything, by exact type: a subclass may compute something else."""

    types: ClassVar[tuple[type, ...]]

    @abstractmethod
    def check_settings(self, estimator: Estimator) -> None:
        """Raise `UsageError` for settings with which the estimator cannot be converted."""

    @abstractmethod
    def convert(self, estimator: Estimator, shape: Shape) -> AbstractHead:
        """The head that computes what the fitted estimator does."""


def refuse_setting(estimator: Estimator, setting: str, hint: str) -> UsageError:
    """The error for `setting`, written `name=value`; `hint` holds the values that can be stored."""
    return UsageError("estimator-setting", estimator=type(estimator).__name__, setting=setting, hint=hint)


def tensor(array: object) -> Tensor:
    """A float64 copy of a fitted attribute."""
    return torch.tensor(array, dtype=torch.float64)
