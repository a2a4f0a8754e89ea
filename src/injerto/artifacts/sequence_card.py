"""The model card of a model that writes texts."""

from injerto.artifacts.card import escape_markdown, front_matter, render_inherited
from injerto.artifacts.card_facts import made_facts, render_facts
from injerto.core.data_facts import DataFacts
from injerto.core.evidence import Interval
from injerto.core.messages import say
from injerto.core.sequences import SequenceOutcome, SequenceRecord


def render_sequence_card(record: SequenceRecord, outcome: SequenceOutcome, facts: DataFacts | None = None) -> str:
    """Markdown with Hugging Face metadata; names and texts from the data are escaped."""
    evidence, card, unknown = outcome.evidence, record.backbone.card, say("card.unknown")
    rows = "\n".join(
        f"| {control.name} | "
        + ", ".join(f"{name} {value:.3f}" for name, value in control.metrics.items())
        + f" | {_span(control.gains[evidence.metric])} | {control.verdict} |"
        for control in evidence.controls
    )
    measured = "\n".join(f"| {name} | {_span(value)} |" for name, value in evidence.metrics.items())
    signatures = "\n".join(f"{name}: `{text}`  " for name, text in evidence.signatures.items())
    samples = "\n".join(
        f"> {escape_markdown(sample.source[:300])}\n>\n> **{escape_markdown(sample.model[:300])}**\n"
        for sample in evidence.samples
    )
    pipeline = {"dictation": "automatic-speech-recognition"}.get(record.task, record.task)
    front = front_matter(
        card,
        pipeline=pipeline,
        measured={evidence.metric: evidence.metrics[evidence.metric], **evidence.metrics},
        facts=facts,
        library="transformers",
        licence=outcome.licence,
    )
    return f"---\n{front}\n---\n" + _PAGE.format(
        title=escape_markdown(f"{record.task} · {card.name}"),
        sentence=escape_markdown(evidence.sentence),
        verdict=evidence.verdict,
        number=outcome.num_test,
        measured=measured,
        signatures=signatures,
        metric=evidence.metric,
        rows=rows,
        overfitting=escape_markdown(evidence.overfitting.sentence),
        samples=samples,
        made=render_facts(made_facts(record, outcome, facts), escape_markdown),
        trained=f"{outcome.num_trained:,} of {outcome.num_parameters:,}",
        inherited=render_inherited(record.backbone),
        unknown=unknown,
    )


def _span(value: Interval) -> str:
    return f"{value.value:.3f} ({value.low:.3f} to {value.high:.3f})"


_PAGE = """# {title}

{sentence}

| on {number} test texts | |
| --- | --- |
| verdict on the transfer | **{verdict}** |
{measured}
| parameters that learnt | {trained} |

{signatures}

## Did the transfer help?

| control | its figures | gain in {metric} over it (95 %) | verdict |
| --- | --- | --- | --- |
{rows}

{overfitting}

## What it writes

{samples}

{inherited}

## How it was made

| | |
| --- | --- |
{made}

## Not known

Intended use, consent for the training data, and what the texts may offend by: {unknown}.
"""
