"""What a task must say: how scores become probabilities, a loss, metrics and predictions."""

from abc import ABC, abstractmethod
from typing import ClassVar, Final

from torch import Tensor

from injerto.core.errors import UsageError
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


class AbstractAnyTask(ABC):
    """What every task says of itself; there is one class below it for each kind of answer, such as labels or texts."""

    modality: ClassVar[Modality]
    summary: ClassVar[str]


class AbstractTask(AbstractAnyTask):
    """One kind of prediction by labels. Stateless: what it depends on is passed in."""

    def __init__(self, *, many_labels: bool = False) -> None:
        self.many_labels = many_labels
        """Whether an example may carry several labels at once; targets are then a 0/1 matrix."""

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


tasks: Final[Registry[type[AbstractAnyTask]]] = Registry("injerto.tasks.named", "task")
"""The tasks: the file name is the name that `--task` takes."""


def label_task(name: str) -> type[AbstractTask]:
    """The task of that name, which must answer with labels; raises `UsageError` for another, or none."""
    task = tasks.get(name)
    if not issubclass(task, AbstractTask):
        raise UsageError("task-no-labels", task=name)
    return task
