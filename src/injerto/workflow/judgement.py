"""What judging a model on the test split gives, whatever it answers."""

from dataclasses import dataclass
from typing import Self

from injerto.artifacts.model import Model
from injerto.core.answers_on_test import AnswersOnTest, SumsOnTest
from injerto.core.detection import DetectionMeasure, LabelEfficiency
from injerto.core.evidence import Evidence
from injerto.evidence.control import Trial
from injerto.evidence.judging import measure_evidence


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """The evidence, every metric by name, and what only some tasks have."""

    evidence: Evidence
    metrics: dict[str, float]
    kept: AnswersOnTest | SumsOnTest | None = None
    """What the artifact keeps of the answers; of boxes nothing but the digest of their pictures."""
    detection: DetectionMeasure | None = None
    label_efficiency: tuple[LabelEfficiency, ...] = ()

    @classmethod
    def of_labels(cls, model: Model, trial: Trial) -> Self:
        """Of a model that answers with labels or a transcript."""
        evidence, metrics, kept = measure_evidence(model, trial)
        return cls(evidence=evidence, metrics=metrics, kept=kept)
