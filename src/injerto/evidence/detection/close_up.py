"""A detector at hand together with its test pictures: what it finds in them, computed when it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

from injerto.activations.store.store import ActivationStore
from injerto.artifacts.model import Model
from injerto.core.progress import Reporter, Silent
from injerto.data.labelled import Example
from injerto.evidence.detection.answering import Boxes, answer_boxes
from injerto.tasks.detection.errors import JudgedPicture, judge_picture
from injerto.tasks.detection.metrics import BoxMatches, Pictures


@final
@dataclass(kw_only=True)
class BoxCloseUp:
    """What needs the network itself. Maps come from the store where `fit` left them."""

    model: Model
    test: Sequence[Example]
    reporter: Reporter = field(default_factory=Silent)

    @cached_property
    def found(self) -> Boxes:
        """All boxes of each picture, however unsure."""
        store = ActivationStore(arithmetic=self.model.arithmetic)
        return answer_boxes(self.model, [one.item for one in self.test], store=store, reporter=self.reporter)

    @cached_property
    def pictures(self) -> Pictures:
        """The known boxes."""
        return Pictures(boxes=[one.boxes or () for one in self.test], labels=self.model.labels)

    @cached_property
    def matches(self) -> BoxMatches:
        """Found boxes on known ones, for precision over any of the pictures."""
        return BoxMatches(self.pictures, self.found)

    @cached_property
    def judged(self) -> list[JudgedPicture]:
        """Each picture with what its boxes above the model's threshold are."""
        pairs = zip(self.pictures.boxes, self.found, strict=True)
        return [judge_picture(known, found, threshold=self.model.threshold) for known, found in pairs]
