"""The model card: Hugging Face metadata and a page for a person, filled by measurement; unknown is said."""

import html
import json

from injerto.core.artifact import ArtifactRecord
from injerto.core.messages import say
from injerto.core.outcome import FitOutcome

_PIPELINES = {
    "image-classification": "image-classification",
    "text-classification": "text-classification",
    "audio-classification": "audio-classification",
    "speech-recognition": "automatic-speech-recognition",
}


def render_card(record: ArtifactRecord, outcome: FitOutcome) -> str:
    """Markdown with front matter. Names from the data are escaped: a label may hold HTML or Markdown."""
    card = record.backbone.card
    unknown = say("card.unknown")
    rows = "\n".join(
        f"| {_plain(control.name)} | {100 * control.accuracy:.1f} % | {100 * control.gain:+.1f} "
        f"({100 * control.interval[0]:+.1f} to {100 * control.interval[1]:+.1f}) | {control.verdict} |"
        for control in outcome.evidence.controls
    )
    accuracy = outcome.evidence.accuracy
    return f"---\n{_front_matter(record)}\n---\n" + _PAGE.format(
        title=_plain(f"{record.task} · {card.name}"),
        sentence=_plain(outcome.evidence.sentence),
        verdict=outcome.evidence.verdict,
        accuracy=f"{100 * accuracy.value:.1f} % ({100 * accuracy.low:.1f} to {100 * accuracy.high:.1f})",
        num_test=outcome.num_test,
        num_train=outcome.num_train,
        num_tune=outcome.num_tune,
        metrics=_metrics(outcome),
        rows=rows,
        overfitting=_plain(outcome.evidence.overfitting.sentence),
        backbone=_plain(card.spec),
        digest=record.backbone.digest,
        license=_plain(card.license or unknown),
        origin=_plain(card.origin or unknown),
        strategy=_plain(record.plan.strategy),
        seed=record.plan.seed,
        labels=", ".join(_plain(label) for label in record.labels[:50]) + (" …" if len(record.labels) > 50 else ""),
        unknown=unknown,
    )


def _metrics(outcome: FitOutcome) -> str:
    rates = outcome.evidence.error_rates
    rows = [
        f"| {say(f'card.{name}')} | {100 * rate.value:.1f} % ({100 * rate.low:.1f} to {100 * rate.high:.1f}) |"
        for name, rate in rates.items()
    ]
    names = () if rates else ("macro_f1", "log_loss")
    return "\n".join([*rows, *(f"| {say(f'card.{name}')} | {outcome.metrics[name]:.3f} |" for name in names)])


def _front_matter(record: ArtifactRecord) -> str:
    """YAML, written as JSON values, which YAML includes: nothing in a name can break out of its quotes."""
    card = record.backbone.card
    fields: dict[str, object] = {"library_name": "injerto", "tags": ["injerto", "transfer-learning"]}
    if record.task in _PIPELINES:
        fields["pipeline_tag"] = _PIPELINES[record.task]
    if card.spec.startswith("hf:"):
        fields["base_model"] = card.spec.removeprefix("hf:")
    return "\n".join(f"{name}: {json.dumps(value)}" for name, value in fields.items())


def _plain(text: str) -> str:
    """Text that neither HTML nor a Markdown table takes for markup."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    for character in "\\`*_[]|":
        escaped = escaped.replace(character, f"\\{character}")
    return escaped


_PAGE = """# {title}

{sentence}

| | |
| --- | --- |
| verdict on the transfer | **{verdict}** |
| accuracy on {num_test} test examples | {accuracy} |
{metrics}
| examples | {num_train} train, {num_tune} tune, {num_test} test |
| strategy | {strategy}, seed {seed} |

## Did the transfer help?

| control | its accuracy | gain over it, points (95 %) | verdict |
| --- | --- | --- | --- |
{rows}

{overfitting}

## What was inherited

| | |
| --- | --- |
| backbone | {backbone} |
| digest of its weights | `{digest}` |
| licence | {license} |
| pretrained on | {origin} |

## Labels

{labels}

## Not known

Intended use, consent for the training data and performance by group: {unknown}.
"""
