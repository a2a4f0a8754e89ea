"""Finds the renderer of a record."""

from collections.abc import Callable, Iterable
from typing import Any

from rich.console import RenderableType

from injerto.cli.rendering.audit import render_audit
from injerto.cli.rendering.comparison import render_compared, render_comparison
from injerto.cli.rendering.detection import render_detection
from injerto.cli.rendering.detector_comparison import render_detector_comparison
from injerto.cli.rendering.evaluation import render_evaluation
from injerto.cli.rendering.freeze_plan import render_freeze_plan
from injerto.cli.rendering.mending import render_mending
from injerto.cli.rendering.outcome import render_epoch, render_outcome
from injerto.cli.rendering.plan import render_plan
from injerto.cli.rendering.runtime import render_runtime
from injerto.cli.rendering.search import render_rung
from injerto.cli.rendering.sequences import (
    render_compared_sequence,
    render_sequence_comparison,
    render_sequence_evaluation,
    render_sequence_outcome,
)
from injerto.cli.rendering.survey import render_survey
from injerto.core.record import Record

_RENDERERS: dict[str, Callable[[Any], Iterable[RenderableType]]] = {
    "AuditReport": render_audit,
    "ComparedSequence": render_compared_sequence,
    "ComparedStrategy": render_compared,
    "Comparison": render_comparison,
    "DetectionEvaluation": render_detection,
    "DetectorComparison": render_detector_comparison,
    "EpochRecord": render_epoch,
    "Evaluation": render_evaluation,
    "FitOutcome": render_outcome,
    "FreezePlan": render_freeze_plan,
    "Mending": render_mending,
    "Plan": render_plan,
    "RuntimeChoice": render_runtime,
    "Rung": render_rung,
    "SequenceComparison": render_sequence_comparison,
    "SequenceEvaluation": render_sequence_evaluation,
    "SequenceOutcome": render_sequence_outcome,
    "Survey": render_survey,
}


def render(record: Record) -> Iterable[RenderableType]:
    """What to print for a record, found by the name of its class so that nothing heavy is imported for it."""
    return _RENDERERS[type(record).__name__](record)
