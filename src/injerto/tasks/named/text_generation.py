"""Texts that go on as the training texts do."""

from typing import ClassVar, final

from injerto.core.sequences import NetworkKind
from injerto.tasks.metrics.likelihood import BitsPerByte, Loss, Perplexity
from injerto.tasks.metrics.metric import AbstractMetric
from injerto.tasks.metrics.repetition import Repetition
from injerto.tasks.sequence import AbstractSequenceTask
from injerto.tasks.task import tasks


@tasks.register
@final
class TextGeneration(AbstractSequenceTask):
    """Continue a text, or answer a prompt, by a causal language model."""

    summary: ClassVar[str] = "write texts: go on with a text, or answer a prompt"
    reads_pairs: ClassVar[bool] = False
    network: ClassVar[NetworkKind] = "causal"
    judged_by: ClassVar[str] = "bits_per_byte"
    minimum_effect: ClassVar[float] = 0.01

    def metrics(self) -> tuple[AbstractMetric, ...]:
        return BitsPerByte(), Perplexity(), Loss(), Repetition()
