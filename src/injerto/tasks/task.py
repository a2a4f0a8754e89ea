"""What a task must say: how scores become probabilities, a loss, metrics and predictions."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

import torch
from torch import Tensor

from injerto.core.plan import Pool
from injerto.core.record import Record
from injerto.core.registry import Registry
from injerto.core.survey import Modality
from injerto.data.arrays import Floats as Floats  # Others take them from here.
from injerto.data.arrays import Ints as Ints
from injerto.data.labelled import LabelledData


class Prediction(Record):
    """What the model says of one input."""

    label: str | None
    """The most probable label; with many labels at once, None."""
    labels: tuple[str, ...]
    """Labels predicted: one, or all above one half."""
    probability: float
    """Of `label`; with many labels, of the most probable one."""
    probabilities: dict[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the network is shown of examples, for targets that lie in it, as boxes do."""

    input_size: tuple[int, int]
    """Width and height of a prepared picture."""
    augment: str = "none"
    seeds: Sequence[int] = ()
    """Of the augmented views, one an example."""


class AbstractTask(ABC):
    """One kind of prediction. Stateless: what it depends on is passed in."""

    modality: ClassVar[Modality]
    summary: ClassVar[str]
    metric: ClassVar[str] = "accuracy"
    """What `evaluate` gives beside the loss."""
    own_heads: ClassVar[Mapping[Pool, str]] = MappingProxyType({})
    """The only heads whose scores the task understands, by what of a backbone each reads, the first that a backbone
    gives counting; empty where the strategy chooses a head."""
    augment: ClassVar[str | None] = None
    """The augmentation that moves targets along; None where the recipe chooses one."""

    def __init__(self, *, many_labels: bool = False) -> None:
        self.many_labels = many_labels
        """Whether an example may carry several labels at once; targets are then a 0/1 matrix."""

    @abstractmethod
    def loss(self, scores: Tensor, targets: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
        """Mean training loss of scores, shape (batch, labels)."""

    def make_targets(self, data: LabelledData, positions: Sequence[int], seen: Seen | None = None) -> Tensor:
        """Targets of examples; `seen` says in which view, where that changes them."""
        return torch.from_numpy(data.targets()[list(positions)])

    def evaluate(self, parts: Iterable[tuple[Tensor, Tensor]]) -> tuple[float, float]:
        """Mean loss and accuracy over batches of scores and targets."""
        scores, targets = (torch.cat(list(some)) for some in zip(*parts, strict=True))
        correct = self.correct(self.probabilities(scores, temperature=1.0), targets.numpy())
        return float(self.loss(scores, targets)), float(correct.mean())

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


tasks: Final[Registry[type[AbstractTask]]] = Registry("injerto.tasks.named", "task")
