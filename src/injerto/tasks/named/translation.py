"""Texts in another language."""

from typing import ClassVar, final

from injerto.core.sequences import NetworkKind
from injerto.tasks.metrics.likelihood import Loss, Perplexity
from injerto.tasks.metrics.metric import AbstractMetric
from injerto.tasks.metrics.translation import Bleu, ChrF
from injerto.tasks.sequence import AbstractSequenceTask
from injerto.tasks.task import tasks


@tasks.register
@final
class Translation(AbstractSequenceTask):
    """Translate sentences by an encoder and a decoder.

    chrF judges: it tells systems apart where BLEU, which needs four words in a row, is near zero for both.
    """

    summary: ClassVar[str] = "translate texts into another language"
    reads_pairs: ClassVar[bool] = True
    network: ClassVar[NetworkKind] = "encoder-decoder"
    judged_by: ClassVar[str] = "chrf"
    minimum_effect: ClassVar[float] = 0.5

    def metrics(self) -> tuple[AbstractMetric, ...]:
        return ChrF(), Bleu(), Perplexity(), Loss()
