"""What a task must say: how scores become probabilities, a loss, metrics and predictions."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Final

import numpy as np
import torch
from torch import Tensor

from injerto.core.record import Record
from injerto.core.registry import Registry
from injerto.core.survey import Modality
from injerto.data.arrays import Floats as Floats  # Others take them from here.
from injerto.data.arrays import Ints as Ints


class Prediction(Record):
    """What the model says of one input."""

    label: str | None
    """The most probable label; with many labels at once, None."""
    labels: tuple[str, ...]
    """Labels predicted: one, or all above one half."""
    probability: float
    """Of `label`; with many labels, of the most probable one."""
    probabilities: dict[str, float]


class AbstractTask(ABC):
    """One kind of prediction. Stateless: what it depends on is passed in."""

    modality: ClassVar[Modality]
    summary: ClassVar[str]
    writes_text: ClassVar[bool] = False
    """Whether an answer is a text, made of `labels`, and no label."""
    head: ClassVar[str | None] = None
    """The head that the task needs; None leaves it to the strategy."""

    def __init__(self, *, many_labels: bool = False, labels: tuple[str, ...] = ()) -> None:
        self.many_labels = many_labels
        """Whether an example may carry several labels at once; targets are then a 0/1 matrix."""
        self.labels = labels
        """Names by position, for tasks that look at them."""

    @abstractmethod
    def loss(self, scores: Tensor, targets: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
        """Mean training loss of scores, shape (batch, labels)."""

    @abstractmethod
    def probabilities(self, scores: Tensor, *, temperature: float) -> Floats:
        """Calibrated probabilities, shape (examples, labels)."""

    @abstractmethod
    def fit_temperature(self, scores: Tensor, targets: Tensor) -> float:
        """The temperature with the least log loss on examples that trained nothing."""

    @abstractmethod
    def correct(self, probabilities: Floats, targets: Ints) -> Floats:
        """For each example the part of it that is right, in [0, 1]; its mean is the accuracy."""

    @abstractmethod
    def losses(self, probabilities: Floats, targets: Ints) -> Floats:
        """The log loss of each example; with many labels, the mean over its labels."""

    @abstractmethod
    def measure(self, probabilities: Floats, targets: Ints) -> dict[str, float]:
        """Every metric of the task by name."""

    @abstractmethod
    def decode(self, probabilities: Floats, labels: tuple[str, ...]) -> list[Prediction]:
        """What a person reads, one an example."""

    def join_scores(self, parts: Sequence[Tensor]) -> Tensor:
        """Scores of several batches as one."""
        return torch.cat(list(parts))

    def join_answers(self, parts: Sequence[Floats]) -> Floats:
        """Probabilities of several batches as one."""
        return np.concatenate(list(parts))

    def error_counts(self, probabilities: Floats, targets: Ints) -> dict[str, tuple[Floats, Floats]]:
        """For each rate that is a quotient of sums: what is counted in each example, and what it is divided by."""
        return {}

    def encode(self, texts: Sequence[str]) -> Floats:
        """Answers that are sure of these texts, for a task that writes text."""
        raise NotImplementedError

    def says_nothing(self, probabilities: Floats) -> bool:
        """Whether all answers are empty, as those of a recogniser that has learnt to say nothing."""
        return False


tasks: Final[Registry[type[AbstractTask]]] = Registry("injerto.tasks.named", "task")
