"""The model card: Hugging Face metadata and a page for a person, filled by measurement; unknown is said."""

import html
import json
from collections.abc import Mapping

from injerto.artifacts.card_facts import inherited_facts, made_facts, render_facts
from injerto.artifacts.covered import main_languages
from injerto.core.artifact import ArtifactRecord
from injerto.core.data_facts import DataFacts
from injerto.core.evidence import Interval
from injerto.core.licence import LicenceOfResult
from injerto.core.messages import say
from injerto.core.outcome import FitOutcome
from injerto.core.provenance import BackboneCard, Provenance

_PIPELINES = {
    "image-classification": "image-classification",
    "object-detection": "object-detection",
    "text-classification": "text-classification",
    "audio-classification": "audio-classification",
    "speech-recognition": "automatic-speech-recognition",
}


def render_card(record: ArtifactRecord, outcome: FitOutcome, facts: DataFacts | None = None) -> str:
    """Markdown with front matter. Names from the data are escaped: a label may hold HTML or Markdown."""
    card = record.backbone.card
    unknown = say("card.unknown")
    rows = "\n".join(
        f"| {escape_markdown(control.name)} | {100 * control.accuracy:.1f} % | {100 * control.gain:+.1f} "
        f"({100 * control.interval[0]:+.1f} to {100 * control.interval[1]:+.1f}) | {control.verdict} |"
        for control in outcome.evidence.controls
    )
    accuracy = outcome.evidence.accuracy
    measured = outcome.evidence.error_rates or {outcome.evidence.metric.lower(): accuracy}
    pipeline = _PIPELINES.get(record.task, record.task)
    front = front_matter(card, pipeline=pipeline, measured=measured, facts=facts, licence=outcome.licence)
    return f"---\n{front}\n---\n" + _PAGE.format(
        title=escape_markdown(f"{record.task} · {card.name}"),
        sentence=escape_markdown(outcome.evidence.sentence),
        verdict=outcome.evidence.verdict,
        metric=outcome.evidence.metric,
        accuracy=_percent(accuracy),
        num_test=outcome.num_test,
        further=_further(outcome),
        rows=rows,
        overfitting=escape_markdown(outcome.evidence.overfitting.sentence),
        inherited=render_inherited(record.backbone),
        made=render_facts(made_facts(record, outcome, facts), escape_markdown),
        labels=", ".join(escape_markdown(label) for label in record.labels[:50])
        + (" …" if len(record.labels) > 50 else ""),
        unknown=unknown,
    )


def _further(outcome: FitOutcome) -> str:
    """Rows of the task's other metrics."""
    if (found := outcome.detection) is not None:
        rows = [f"| AP50 | {_percent(found.precision_50)} |", f"| AP75 | {100 * found.precision_75:.1f} % |"]
        for one in found.classes:
            value = "–" if one.precision is None else f"{100 * one.precision:.1f} %"
            rows.append(f"| mAP of {escape_markdown(one.label)} ({one.num_objects} objects) | {value} |")
        return "\n".join([*rows, f"| boxes count from a score of | {found.threshold:.2f} |"])
    rates = outcome.evidence.error_rates
    rows = [f"| {say(f'card.{name}')} | {_percent(rate)} |" for name, rate in rates.items()]
    names = () if rates else ("macro_f1", "log_loss")
    return "\n".join([*rows, *(f"| {say(f'card.{name}')} | {outcome.metrics[name]:.3f} |" for name in names)])


def _percent(value: Interval) -> str:
    return f"{100 * value.value:.1f} % ({100 * value.low:.1f} to {100 * value.high:.1f})"


def render_inherited(backbone: Provenance) -> str:
    """The section on the backbone: where it is from, and under which licence."""
    return _INHERITED.format(rows=render_facts(inherited_facts(backbone), escape_markdown))


def front_matter(
    card: BackboneCard,
    *,
    pipeline: str,
    measured: Mapping[str, Interval],
    facts: DataFacts | None,
    library: str = "injerto",
    licence: LicenceOfResult | None = None,
) -> str:
    """YAML, written as JSON values, which YAML includes: nothing in a name can break out of its quotes.

    Args:
        card: of the backbone.
        pipeline: what Hugging Face calls the task.
        measured: figures on the test examples, the one that judges first.
        facts: of the data; without them no result can name its data, and none is listed.
        library: that opens the model.
        licence: of the result.
    """
    fields: dict[str, object] = {"library_name": library, "tags": ["injerto", "transfer-learning"]}
    fields["pipeline_tag"] = pipeline
    fields["metrics"] = list(measured)
    if facts is not None:
        figures = [
            {"type": name, "value": round(one.value, 6), "name": f"{name}, 95 % {one.low:.4g} to {one.high:.4g}"}
            for name, one in measured.items()
        ]
        data = {"type": facts.source, "name": facts.source, "split": "test"}
        result = {"task": {"type": pipeline}, "dataset": data, "metrics": figures}
        fields["model-index"] = [{"name": f"{pipeline} on {facts.source}", "results": [result]}]
    if facts is not None and (languages := [code for code in main_languages(facts.languages) if "/" not in code]):
        fields["language"] = languages
    if card.spec.startswith("hf:"):
        fields["base_model"] = card.spec.removeprefix("hf:")
    if licence is not None and licence.result is not None and licence.data is not None:
        fields["license"] = licence.result.lower()
    return "\n".join(f"{name}: {json.dumps(value)}" for name, value in fields.items())


def escape_markdown(text: str) -> str:
    """Text that neither HTML nor a Markdown table takes for markup."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    for character in "\\`*_[]|":
        escaped = escaped.replace(character, f"\\{character}")
    return escaped


_INHERITED = """## What was inherited

| | |
| --- | --- |
{rows}"""

_PAGE = """# {title}

{sentence}

| | |
| --- | --- |
| verdict on the transfer | **{verdict}** |
| {metric} on {num_test} test examples | {accuracy} |
{further}

## Did the transfer help?

| control | its {metric} | gain over it, points (95 %) | verdict |
| --- | --- | --- | --- |
{rows}

{overfitting}

{inherited}

## How it was made

| | |
| --- | --- |
{made}

## Labels

{labels}

## Not known

Intended use, consent for the training data and performance by group: {unknown}.
"""
