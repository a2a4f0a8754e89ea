"""Recordings written down by a network with a decoder, such as Whisper."""

from typing import ClassVar, final

from injerto.core.sequences import NetworkKind
from injerto.core.survey import Modality
from injerto.tasks.metrics.likelihood import Loss, Perplexity
from injerto.tasks.metrics.metric import AbstractMetric
from injerto.tasks.metrics.transcription import CharacterErrorRate, WordErrorRate
from injerto.tasks.sequence import AbstractSequenceTask
from injerto.tasks.task import tasks


@tasks.register
@final
class Dictation(AbstractSequenceTask):
    """Write down recordings word by word; `speech-recognition` does it letter by letter, without a decoder."""

    modality: ClassVar[Modality] = Modality.AUDIO
    summary: ClassVar[str] = "write down recordings by a decoder (Whisper)"
    reads_pairs: ClassVar[bool] = False
    reads_recordings: ClassVar[bool] = True
    network: ClassVar[NetworkKind] = "dictation"
    judged_by: ClassVar[str] = "wer"
    minimum_effect: ClassVar[float] = 0.01

    def metrics(self) -> tuple[AbstractMetric, ...]:
        return WordErrorRate(), CharacterErrorRate(), Perplexity(), Loss()
