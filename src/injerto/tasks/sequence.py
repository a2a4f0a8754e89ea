"""What a task must say whose answer is a text: its examples, its loss, its metrics, and which of them judges."""

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor
from torch.nn import functional

from injerto.core.sequences import NOT_SCORED, NetworkKind
from injerto.core.survey import Modality
from injerto.tasks.metrics.metric import AbstractMetric
from injerto.tasks.task import AbstractAnyTask


class AbstractSequenceTask(AbstractAnyTask):
    """One kind of text to write. Stateless."""

    modality: ClassVar[Modality] = Modality.TEXT
    reads_pairs: ClassVar[bool]
    """Whether its examples are pairs of a source and a target."""
    reads_recordings: ClassVar[bool] = False
    """Whether its examples are recordings with what is said in them."""
    network: ClassVar[NetworkKind]
    """The kind of network that it takes."""
    judged_by: ClassVar[str]
    """Name of the metric that decides."""
    minimum_effect: ClassVar[float]
    """Least gain in that metric that counts as help or harm, in its own unit."""

    @abstractmethod
    def metrics(self) -> tuple[AbstractMetric, ...]:
        """Every metric, in the order in which they are printed."""

    def judge(self) -> AbstractMetric:
        """The metric that decides."""
        return next(metric for metric in self.metrics() if metric.name == self.judged_by)


def token_loss(scores: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy of the scored tokens.

    Args:
        scores: of the token at the same position of `labels`, shape (batch, tokens, vocabulary): nothing is shifted
            here, the backbone gives labels that fit its scores.
        labels: token ids, `NOT_SCORED` where none is counted, shape (batch, tokens).
        label_smoothing: share of the probability spread over the vocabulary.
    """
    return functional.cross_entropy(
        scores.flatten(0, 1).float(), labels.flatten(), ignore_index=NOT_SCORED, label_smoothing=label_smoothing
    )


def sum_token_losses(scores: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of each row: summed cross-entropy, number of scored tokens, and those whose likeliest token is right."""
    losses = functional.cross_entropy(
        scores.flatten(0, 1).float(), labels.flatten(), ignore_index=NOT_SCORED, reduction="none"
    ).reshape(labels.shape)
    scored = labels != NOT_SCORED
    right = (scores.argmax(dim=-1) == labels) & scored
    return losses.double().sum(dim=1), scored.sum(dim=1), right.sum(dim=1)
