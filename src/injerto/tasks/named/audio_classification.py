"""Labels for recordings: spoken commands, intents, emotions, sounds."""

from typing import ClassVar, final

from injerto.core.survey import Modality
from injerto.tasks.classification import AbstractClassification
from injerto.tasks.task import tasks


@tasks.register
@final
class AudioClassification(AbstractClassification):
    """One label a recording, or many."""

    modality: ClassVar[Modality] = Modality.AUDIO
    summary: ClassVar[str] = "label recordings, such as spoken commands: one label each, or many"
