"""Labels for images."""

from typing import ClassVar, final

from injerto.core.survey import Modality
from injerto.tasks.classification import AbstractClassification
from injerto.tasks.task import tasks


@tasks.register
@final
class ImageClassification(AbstractClassification):
    """One label an image, or many."""

    modality: ClassVar[Modality] = Modality.IMAGE
    summary: ClassVar[str] = "label images: one label each, or many"
