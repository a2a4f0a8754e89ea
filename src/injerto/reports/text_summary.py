"""The head of the report of a model that writes texts."""

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from injerto.core.evidence import Interval
from injerto.core.messages import say
from injerto.core.sequences import SequenceControl
from injerto.reports.html import Child
from injerto.reports.material import TextMaterial
from injerto.reports.numbers import counted, plain_between, signed
from injerto.reports.summary import FEW, lay_out, tile

_MOST_TILES: Final = 2
"""Metrics beside the gain and the overfitting."""


def render_text_summary(material: TextMaterial) -> Child:
    """What a reader has to see who reads nothing else."""
    evidence = material.evidence
    return lay_out(
        material, evidence.sentence, _in_words(material), list(_tiles(material)), list(_find_cautions(material))
    )


def closest(material: TextMaterial) -> tuple[SequenceControl, Interval] | None:
    """The control on which the verdict rests, and the gain over it in the metric that judges."""
    evidence = material.evidence
    found = [(one, one.gains[evidence.metric]) for one in evidence.controls if one.judges_transfer]
    return min(found, key=lambda pair: pair[1].low) if found else None


def _in_words(material: TextMaterial) -> str:
    metric = material.evidence.metric
    value = material.evidence.metrics[metric]
    words = {"value": f"{value.value:.2f}", "low": f"{value.low:.2f}", "high": f"{value.high:.2f}"}
    return say(f"report.in-words-{metric}", **words)


def _tiles(material: TextMaterial) -> Iterator[Markup]:
    evidence = material.evidence
    names = [evidence.metric, *(name for name in evidence.metrics if name != evidence.metric)]
    for name in names[:_MOST_TILES]:
        value = evidence.metrics[name]
        words = say("report.tile.of-text", interval=plain_between(value), number=counted(material.num_test))
        yield tile(name, f"{value.value:.2f}", words)
    if (found := closest(material)) is not None:
        control, gain = found
        interval = say("report.between", low=signed(gain.low), high=signed(gain.high))
        yield tile("text-gain", signed(gain.value), say("report.tile.text-over", interval=interval, name=control.name))
    loss = evidence.overfitting
    words = say("report.tile.losses", train=f"{loss.train_loss:.2f}", tune=f"{loss.tune_loss:.2f}")
    yield tile("text-gap", signed(loss.gap), words)


def _find_cautions(material: TextMaterial) -> Iterator[str]:
    outcome, evidence = material.outcome, material.evidence
    if outcome.readings_sentence is not None:
        yield outcome.readings_sentence
    if evidence.overfitting.overfitted:
        yield evidence.overfitting.sentence
    if outcome.lengths.num_too_long:
        yield outcome.lengths.rule
    if outcome.num_test < FEW:
        yield say("report.few-test", number=outcome.num_test)
