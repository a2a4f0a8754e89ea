"""What a task must say: how scores become probabilities, a loss, metrics and predictions."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

import numpy as np
import torch
from torch import Tensor

from injerto.core.errors import UsageError
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


class AbstractAnyTask(ABC):
    """What every task says of itself; there is one class below it for each kind of answer, such as labels or texts."""

    modality: ClassVar[Modality]
    summary: ClassVar[str]
    metric: ClassVar[str] = "accuracy"
    """What `evaluate` gives beside the loss."""
    own_heads: ClassVar[Mapping[Pool, str]] = MappingProxyType({})
    """The only heads whose scores the task understands, by what of a backbone each reads, the first that a backbone
    gives counting; empty where the strategy chooses a head."""
    augment: ClassVar[str | None] = None
    """The augmentation that moves targets along; None where the recipe chooses one."""


class AbstractTask(AbstractAnyTask):
    """One kind of prediction by labels. Stateless: what it depends on is passed in."""

    writes_text: ClassVar[bool] = False
    """Whether an answer is a text, made of `labels`, and no label."""

    def __init__(self, *, many_labels: bool = False, labels: tuple[str, ...] = ()) -> None:
        self.many_labels = many_labels
        """Whether an example may carry several labels at once; targets are then a 0/1 matrix."""
        self.labels = labels
        """Names by position, for tasks that look at them."""

    @abstractmethod
    def loss(self, scores: Tensor, targets: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
        """Mean training loss of scores, shape (batch, labels)."""

    def make_targets(self, data: LabelledData, positions: Sequence[int], seen: Seen | None = None) -> Tensor:
        """Targets of examples; `seen` says in which view, where that changes them."""
        return torch.from_numpy(data.targets()[list(positions)])

    def evaluate(self, parts: Iterable[tuple[Tensor, Tensor]]) -> tuple[float, float]:
        """Mean loss and accuracy over batches of scores and targets."""
        some_scores, some_targets = zip(*parts, strict=True)
        scores, targets = self.join_scores(some_scores), torch.cat(some_targets)
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

    def refined(self, probabilities: Floats, targets: Ints) -> Floats:
        """The same answers as sure of themselves as suits these examples, for comparing what answers tell apart."""
        return probabilities

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

    def says_nothing(self, probabilities: Floats) -> bool:
        """Whether all answers are empty, as those of a recogniser that has learnt to say nothing."""
        return False


ERROR_RATES: Final[Mapping[str, str]] = MappingProxyType({"wer": "word", "cer": "character"})
"""Names of the error rates of transcripts, and the unit that each counts."""


class AbstractTranscriptTask(AbstractTask):
    """One kind of prediction by a text, made of `labels`."""

    writes_text: ClassVar[bool] = True

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> Floats:
        """Answers that are sure of these texts."""

    @abstractmethod
    def count_kinds(self, probabilities: Floats, targets: Ints) -> dict[str, Floats]:
        """For words and characters, those substituted, left out, put in, and said, each of shape (examples, 4)."""


tasks: Final[Registry[type[AbstractAnyTask]]] = Registry("injerto.tasks.named", "task")
"""The tasks: the file name is the name that `--task` takes."""


def label_task(name: str) -> type[AbstractTask]:
    """The task of that name, which must answer with labels; raises `UsageError` for another, or none."""
    task = tasks.get(name)
    if not issubclass(task, AbstractTask):
        raise UsageError("task-no-labels", task=name)
    return task
