"""What a panel draws from: all that the artifact measured, and the examples where the data are given."""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import PurePath
from typing import TYPE_CHECKING, final

from injerto.artifacts.inspecting import InspectedArtifact
from injerto.core.artifact import ArtifactRecord
from injerto.core.evidence import Evidence
from injerto.core.finding import AuditReport
from injerto.core.outcome import FitOutcome
from injerto.evidence.answered import Answered
from injerto.evidence.calibration import Calibration, measure_calibration
from injerto.reports.examples import Examples

if TYPE_CHECKING:
    from injerto.evidence.close_up import CloseUp  # Imports torch, which a report without data never needs.


@final
@dataclass(frozen=True, kw_only=True)
class Material:
    """Facts, and the numbers of charts that were drawn."""

    artifact: InspectedArtifact
    examples: Examples | None
    """None where no data were given."""
    audit: AuditReport | None = None
    close_up: "CloseUp | None" = None
    """The model with its examples; None where no data were given, or the model cannot be loaded here."""
    unloaded: str | None = None
    """Why it could not be loaded."""
    numbers: "count[int]" = field(default_factory=lambda: count(1))

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

    @property
    def name(self) -> str:
        """Of the model's folder; a folder on this machine is no one else's business."""
        return self.artifact.path.resolve().name

    @property
    def backbone(self) -> str:
        """A short name: the last part where it was loaded from a folder."""
        name = self.record.backbone.card.name
        return PurePath(name).name if "/" in name and not name.startswith("hf:") else name

    @cached_property
    def answered(self) -> Answered | None:
        """None for several labels an example, and for models of an earlier version."""
        answers = self.artifact.answers
        if answers is None or self.record.multi_label:
            return None
        return Answered.of(answers, num_labels=len(self.labels))

    @cached_property
    def calibration(self) -> Calibration | None:
        return None if self.answered is None else measure_calibration(self.answered)
