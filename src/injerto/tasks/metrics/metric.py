"""A metric that is computed from sums over the examples of a set."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from injerto.data.arrays import Floats
from injerto.tasks.answers import SequenceAnswers


class AbstractMetric(ABC):
    """`score(rows(answers).sum(0))` is the metric of a whole set; of a resample it is that of the rows drawn."""

    name: ClassVar[str]
    higher_is_better: ClassVar[bool]
    sums_of: ClassVar[str]
    """Name of its statistics: metrics that are functions of the same sums have the same."""
    of_outputs: ClassVar[bool]
    """Whether it reads what the model wrote, which takes long, and not only the likelihood of the reference."""

    of_every_example: ClassVar[bool] = True
    """Whether every example has statistics: a language model goes on with a few of them only."""
    knowing_nothing: ClassVar[float] = 0.0
    """What is reached without any model, where that is known."""

    @abstractmethod
    def rows(self, answers: SequenceAnswers) -> Floats:
        """Statistics of each example, shape (examples, statistics)."""

    @abstractmethod
    def score(self, sums: Floats) -> float:
        """The metric of examples whose statistics add up to `sums`, shape (statistics,)."""

    def signature(self) -> str | None:
        """How the metric was computed, as its library writes it; None for what is plain arithmetic."""
        return None

    def measure(self, answers: SequenceAnswers) -> float:
        """The metric of a whole set."""
        return self.score(np.asarray(self.rows(answers).sum(axis=0), dtype=np.float64))
