"""Labels for texts."""

from typing import ClassVar, final

from injerto.core.survey import Modality
from injerto.tasks.classification import AbstractClassification
from injerto.tasks.task import tasks


@tasks.register
@final
class TextClassification(AbstractClassification):
    """One label a text, or many."""

    modality: ClassVar[Modality] = Modality.TEXT
    summary: ClassVar[str] = "label texts: one label each, or many"
