"""What a panel draws from: all that the artifact measured, and the examples where the data are given."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, final

from injerto.artifacts.inspecting import InspectedArtifact
from injerto.artifacts.repeating import backbone_name
from injerto.artifacts.sequence_inspecting import InspectedSequence
from injerto.core.answer_kind import AnswerKind
from injerto.core.artifact import ArtifactRecord
from injerto.core.data_facts import DataFacts
from injerto.core.evidence import Evidence, Verdict
from injerto.core.finding import AuditReport
from injerto.core.licence import LicenceOfResult
from injerto.core.outcome import FitOutcome
from injerto.core.plan import Plan
from injerto.core.provenance import Provenance
from injerto.core.sequences import SequenceEvidence, SequenceOutcome
from injerto.core.spent import Spent
from injerto.core.training_course import TrainingCourse
from injerto.core.verification import Verification
from injerto.evidence.answered import Answered
from injerto.evidence.calibration import Calibration, measure_calibration
from injerto.reports.examples import Examples

if TYPE_CHECKING:
    # They import torch, which a report without data never needs.
    from injerto.evidence.close_up import CloseUp
    from injerto.evidence.detection.close_up import BoxCloseUp
    from injerto.evidence.sequences.close_up import TextCloseUp
    from injerto.evidence.transcripts import TranscriptCloseUp


@dataclass(frozen=True, kw_only=True)
class AbstractMaterial(ABC):
    """What every page has, whatever the model answers with."""

    audit: AuditReport | None = None
    unloaded: str | None = None
    """Why the model could not be loaded, where data were given."""
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    """Of charts that were drawn."""

    @property
    @abstractmethod
    def inspected(self) -> InspectedArtifact | InspectedSequence:
        """The artifact but for its tensors."""

    @property
    @abstractmethod
    def kind(self) -> AnswerKind:
        """What the model answers with."""

    @property
    @abstractmethod
    def verdict(self) -> Verdict:
        """On the transfer."""

    @property
    def path(self) -> Path:
        return self.inspected.path

    @property
    def task(self) -> str:
        return self.inspected.record.task

    @property
    def plan(self) -> Plan:
        return self.inspected.record.plan

    @property
    def base(self) -> Provenance:
        """Where the network came from."""
        return self.inspected.record.backbone

    @property
    def versions(self) -> dict[str, str]:
        return self.inspected.record.versions

    @property
    def course(self) -> TrainingCourse | None:
        return self.inspected.course

    @property
    def facts(self) -> DataFacts | None:
        return self.inspected.facts

    @property
    def verified(self) -> Verification:
        return self.inspected.verified

    @property
    def seconds(self) -> float:
        return self.inspected.outcome.seconds

    @property
    def spent(self) -> Spent | None:
        """What the training took; None of an earlier version."""
        return self.inspected.outcome.spent

    @property
    def licence(self) -> LicenceOfResult | None:
        """What binds the model; None of an earlier version."""
        return self.inspected.outcome.licence

    @property
    def num_test(self) -> int:
        return self.inspected.outcome.num_test

    @property
    def has_examples(self) -> bool:
        """Whether the data were given."""
        return False

    @property
    def name(self) -> str:
        """Of the model's folder; a folder on this machine is no one else's business."""
        return self.path.resolve().name

    @property
    def backbone(self) -> str:
        """A short name: the last part where it was loaded from a folder."""
        return backbone_name(self.base.card)


@final
@dataclass(frozen=True, kw_only=True)
class Material(AbstractMaterial):
    """Of models that answer with labels, boxes or a transcript."""

    artifact: InspectedArtifact
    examples: Examples | None
    """None where no data were given."""
    close_up: "CloseUp | None" = None
    """The model with its examples; None where no data were given, or the model cannot be loaded here."""
    boxes: "BoxCloseUp | None" = None
    transcripts: "TranscriptCloseUp | None" = None

    @property
    def inspected(self) -> InspectedArtifact:
        return self.artifact

    @property
    def kind(self) -> AnswerKind:
        return self.artifact.kind

    @property
    def verdict(self) -> Verdict:
        return self.evidence.verdict

    @property
    def has_examples(self) -> bool:
        return self.examples is not None

    @property
    def record(self) -> ArtifactRecord:
        return self.artifact.record

    @property
    def outcome(self) -> FitOutcome:
        return self.artifact.outcome

    @property
    def evidence(self) -> Evidence:
        return self.artifact.outcome.evidence

    @property
    def labels(self) -> tuple[str, ...]:
        return self.artifact.record.labels

    @cached_property
    def answered(self) -> Answered | None:
        """None for several labels an example, for what is no label, and for models of an earlier version."""
        answers = self.artifact.answers
        if answers is None or self.record.multi_label:
            return None
        return Answered.of(answers, num_labels=len(self.labels))

    @cached_property
    def calibration(self) -> Calibration | None:
        return None if self.answered is None else measure_calibration(self.answered)


@final
@dataclass(frozen=True, kw_only=True)
class TextMaterial(AbstractMaterial):
    """Of models that write texts."""

    artifact: InspectedSequence
    close_up: "TextCloseUp | None" = None
    """The model with the test texts; None where no data were given, or the model cannot be loaded here."""
    places: Sequence[str] = ()
    """Where each test text stands, in their order; empty where no data were given."""

    @property
    def inspected(self) -> InspectedSequence:
        return self.artifact

    @property
    def kind(self) -> AnswerKind:
        return AnswerKind.TEXT

    @property
    def verdict(self) -> Verdict:
        return self.evidence.verdict

    @property
    def has_examples(self) -> bool:
        return bool(self.places)

    @property
    def outcome(self) -> SequenceOutcome:
        return self.artifact.outcome

    @property
    def evidence(self) -> SequenceEvidence:
        return self.artifact.outcome.evidence
