"""What `fit` measured, and an epoch on the way."""

from collections.abc import Iterable
from typing import Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from injerto.cli.rendering.detection import render_efficiency, render_measure
from injerto.cli.rendering.metrics import render_metrics
from injerto.cli.rendering.tables import cell, heading, make_table, percent, points, sentence
from injerto.core.evidence import Verdict
from injerto.core.messages import say
from injerto.core.outcome import FitOutcome
from injerto.core.suspect_labels import SuspectLabels
from injerto.core.training_course import EpochRecord

_SUSPECTS_SHOWN: Final = 3
_STYLES = {Verdict.HELPED: "bold green", Verdict.INCONCLUSIVE: "bold yellow", Verdict.HURT: "bold red"}


def render_epoch(record: EpochRecord) -> Iterable[RenderableType]:
    """One line."""
    yield sentence(
        say(
            "progress.epoch",
            epoch=record.epoch,
            train=f"{record.train_loss:.3f}",
            tune=f"{record.tune_loss:.3f}",
            accuracy=percent(record.tune_accuracy),
            metric=record.metric,
            seconds=f"{record.seconds:.1f}",
        )
    )


def render_outcome(outcome: FitOutcome) -> Iterable[RenderableType]:
    """Accuracy with its interval, the controls, the verdict, overfitting."""
    evidence = outcome.evidence
    if outcome.detection is not None:
        yield from render_measure(outcome.detection)
    else:
        yield heading(say("evidence.title", number=outcome.num_test))
        yield from render_metrics(evidence.accuracy, outcome.metrics, evidence.error_rates)
    table = make_table(
        say("evidence.control"),
        say("evidence.verdict"),
        say("evidence.its-accuracy") if outcome.detection is None else say("detection.its-accuracy"),
        say("evidence.gain"),
        say("evidence.interval"),
        say("evidence.its-seconds"),
        numbers=4,
        apart=1,
    )
    for control in evidence.controls:
        verdict = Text("–") if control.same_as_model else Text(control.verdict, style=_STYLES[control.verdict])
        low, high = control.interval
        table.add_row(
            control.name,
            verdict,
            percent(control.accuracy),
            points(control.gain),
            f"{points(low)} … {points(high)}",
            "–" if control.seconds is None else f"{control.seconds:.1f}",
        )
    yield table
    for control in evidence.controls:
        if control.num_draws > 1:
            yield sentence(say("evidence.draws", name=control.name, number=control.num_draws))
    for skipped in evidence.not_run:
        yield sentence(say("evidence.not-run", name=skipped.name, why=skipped.because))
    yield Text(f"\n{evidence.verdict.upper()}  ", style=_STYLES[evidence.verdict]).append(
        evidence.sentence, style="default not bold"
    )
    if evidence.diagnosis is not None:
        yield sentence(evidence.diagnosis.sentence)
        yield sentence(say("evidence.try", remedy=evidence.diagnosis.remedy))
    if evidence.would_decide is not None:
        yield sentence(evidence.would_decide)
    if outcome.fallback is not None:
        yield sentence(outcome.fallback.sentence)
    if outcome.readings_sentence is not None:
        yield sentence(outcome.readings_sentence)
    yield sentence(evidence.overfitting.sentence)
    if evidence.forgetting is not None:
        yield sentence(evidence.forgetting.sentence)
    if evidence.suspect_labels is not None:
        yield from _render_suspects(evidence.suspect_labels)
    if outcome.label_efficiency:
        yield from render_efficiency(outcome.label_efficiency)
    if evidence.learning_curve is not None:
        yield sentence(evidence.learning_curve.sentence)
    done = say("evidence.done", seconds=f"{outcome.seconds:.1f}")
    yield sentence(done if outcome.artifact is None else f"{done}  {say('evidence.artifact', path=outcome.artifact)}")


def _headline(outcome: FitOutcome) -> Iterable[RenderableType]:
    accuracy = outcome.evidence.accuracy
    yield heading(say("evidence.title", number=outcome.num_test))
    yield sentence(
        say(
            "evidence.accuracy",
            value=percent(accuracy.value),
            low=f"{100 * accuracy.low:.1f}",
            high=f"{100 * accuracy.high:.1f}",
            f1=f"{outcome.metrics['macro_f1']:.3f}",
            loss=f"{outcome.metrics['log_loss']:.3f}",
        )
    )


def _render_suspects(found: SuspectLabels) -> Iterable[RenderableType]:
    yield sentence(found.sentence)
    for suspect in found.suspects[:_SUSPECTS_SHOWN]:
        likely = percent(suspect.likelier_probability)
        one = say(
            "suspect.one", where=suspect.where, label=suspect.label, likelier=suspect.likelier, probability=likely
        )
        yield Padding(cell(one), (0, 0, 0, 4))
    if len(found.suspects) > _SUSPECTS_SHOWN:
        yield Padding(cell(say("suspect.more")), (0, 0, 0, 4))
