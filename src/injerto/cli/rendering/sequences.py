"""What was measured of a model that writes texts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from injerto.cli.rendering.tables import cell, count, heading, make_table, sentence, short_name
from injerto.core.evidence import Interval, Verdict
from injerto.core.messages import say
from injerto.core.sequences import (
    ComparedSequence,
    Sample,
    SequenceComparison,
    SequenceControl,
    SequenceEvaluation,
    SequenceOutcome,
)

_STYLES: Final = {
    Verdict.HELPED: "bold green",
    Verdict.INCONCLUSIVE: "bold yellow",
    Verdict.HURT: "bold red",
}
_SHOWN: Final = 160


def render_sequence_outcome(outcome: SequenceOutcome) -> Iterable[RenderableType]:
    """Metrics with intervals, the controls, the verdict, samples."""
    evidence = outcome.evidence
    yield heading(say("language.title", number=outcome.num_test))
    yield from _metrics(evidence.metrics, evidence.signatures)
    if evidence.controls:
        yield _controls(evidence.controls, evidence.metric)
    for skipped in evidence.not_run:
        yield sentence(say("evidence.not-run", name=skipped.name, why=skipped.because))
    yield Text(f"\n{evidence.verdict.upper()}  ", style=_STYLES[evidence.verdict]).append(
        evidence.sentence, style="default not bold"
    )
    if evidence.overfitting.sentence:
        yield sentence(evidence.overfitting.sentence)
    if outcome.readings_sentence is not None:
        yield sentence(outcome.readings_sentence)
    yield from _samples(evidence.samples, is_translation=outcome.task == "translation")
    if outcome.tokens_per_second is not None:
        yield sentence(
            say(
                "language.speed-beside" if outcome.strategy.startswith("lora") else "language.speed",
                tokens=count(round(outcome.tokens_per_second)),
                trained=count(outcome.num_trained),
                all=count(outcome.num_parameters),
            )
        )
    done = say("evidence.done", seconds=f"{outcome.seconds:.1f}")
    yield sentence(done if outcome.artifact is None else f"{done}  {say('evidence.artifact', path=outcome.artifact)}")


def render_sequence_evaluation(result: SequenceEvaluation) -> Iterable[RenderableType]:
    """Metrics beside the untouched network."""
    values = {"model": short_name(result.model), "data": short_name(result.data), "number": count(result.num_examples)}
    yield heading(say("language.evaluation-title", **values))
    yield from _metrics(result.metrics, result.signatures)
    if result.untouched is not None:
        metric = next(iter(result.metrics))
        yield _controls([result.untouched], metric)
    if result.num_skipped:
        yield sentence(say("language.evaluation-skipped", number=result.num_skipped))
    if result.rule is not None:
        yield sentence(say("language.too-long", number=count(result.num_too_long), rule=result.rule))
    if result.readings_sentence is not None:
        yield sentence(result.readings_sentence)
    yield from _samples(result.samples, is_translation=result.task == "translation")


def render_compared_sequence(column: ComparedSequence) -> Iterable[RenderableType]:
    """One line as soon as it is known."""
    if column.skipped is not None:
        yield sentence(f"{column.strategy}: {column.skipped}")
        return
    shown = ", ".join(f"{_name(metric)} {_number(value.value)}" for metric, value in column.metrics.items())
    yield sentence(f"{column.strategy}: {shown}")


def render_sequence_comparison(made: SequenceComparison) -> Iterable[RenderableType]:
    """One row a strategy, the untouched network first."""
    values = {"train": count(made.num_train), "judging": count(made.num_judging)}
    title = say("language.comparison-title", backbone=short_name(made.backbone), source=made.task, **values)
    yield heading(title)
    metrics = list(made.untouched)[:2]
    table = make_table(
        say("language.comparison-strategy"),
        *(_name(metric) for metric in metrics),
        say("language.comparison-gain"),
        say("language.comparison-trained"),
        say("language.table-seconds"),
        numbers=len(metrics) + 3,
        apart=1,
    )
    table.add_row("untouched", *(_number(made.untouched[metric].value) for metric in metrics), "", "0", "")
    for column in made.strategies:
        if column.skipped is not None:
            table.add_row(cell(column.strategy), *([""] * len(metrics)), "–", "", "")
            continue
        gain = column.gain_untouched
        table.add_row(
            cell(column.strategy),
            *(_number(column.metrics[metric].value) for metric in metrics),
            "" if gain is None else _span(gain),
            count(column.num_trained),
            f"{column.seconds:.0f}",
        )
    yield table
    for column in made.strategies:
        if column.skipped is not None:
            yield sentence(f"{column.strategy}: {column.skipped}")
    yield heading(say("language.comparison-recommended", strategy=made.recommended, because=made.because))


def _metrics(metrics: Mapping[str, Interval], signatures: Mapping[str, str]) -> Iterable[RenderableType]:
    for name, value in metrics.items():
        shown = {"value": _number(value.value), "low": _number(value.low), "high": _number(value.high)}
        yield sentence(say("language.measured", metric=_name(name), **shown))
    for name, signature in signatures.items():
        yield sentence(say("language.signature", metric=_name(name), signature=signature))


def _controls(controls: Sequence[SequenceControl], metric: str) -> RenderableType:
    table = make_table(
        say("language.table-control"),
        say("language.table-verdict"),
        say("language.table-its", metric=_name(metric)),
        say("language.table-gain"),
        say("language.table-interval"),
        say("language.table-seconds"),
        numbers=4,
        apart=1,
    )
    for control in controls:
        gain = control.gains[metric]
        table.add_row(
            control.name,
            Text(control.verdict, style=_STYLES[control.verdict]),
            _number(control.metrics[metric]),
            f"{gain.value:+.2f}",
            f"{gain.low:+.2f} … {gain.high:+.2f}",
            "–" if control.seconds is None else f"{control.seconds:.0f}",
        )
    return table


def _samples(samples: Sequence[Sample], *, is_translation: bool) -> Iterable[RenderableType]:
    for sample in samples:
        first = "sample-source" if is_translation else "sample-prompt"
        lines = [(first, sample.source), ("sample-reference", sample.reference), ("sample-model", sample.model)]
        if not is_translation:
            lines.pop(1)
        if sample.untouched is not None:
            lines.append(("sample-untouched", sample.untouched))
        table = make_table("", "", apart=1)
        table.show_header = False
        for key, text in lines:
            table.add_row(Text(say(f"language.{key}"), style="dim"), cell(_short(text)))
        yield Padding(table, (1, 0, 0, 2))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _name(metric: str) -> str:
    return {"bleu": "BLEU", "chrf": "chrF"}.get(metric, metric.replace("_", " "))


def _number(value: float) -> str:
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.3f}"


def _span(gain: Interval) -> str:
    return f"{gain.value:+.2f} ({gain.low:+.2f} … {gain.high:+.2f})"
