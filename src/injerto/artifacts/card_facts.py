"""The facts of a model card by name: each is measured or stated somewhere, or None, which the card calls unknown."""

from collections.abc import Callable, Mapping
from typing import Final

from injerto.artifacts.covered import render_coverage, render_languages
from injerto.artifacts.repeating import command_again
from injerto.core.artifact import ArtifactRecord
from injerto.core.data_facts import DataFacts
from injerto.core.messages import say
from injerto.core.outcome import FitOutcome
from injerto.core.provenance import BackboneCard, Provenance
from injerto.core.sequences import SequenceOutcome, SequenceRecord
from injerto.core.spent import Basis, Spent

Facts = Mapping[str, str | None]

NOT_MEASURABLE: Final = ("intended-use", "consent", "groups")
"""What nobody can measure, and a person has to write."""


def inherited_facts(base: Provenance) -> dict[str, str | None]:
    """What came with the backbone."""
    card = base.card
    commerce = {True: "yes", False: "no", None: None}[card.commercial_use]
    return {
        "backbone": card.spec,
        "architecture": card.architecture,
        "parameters": f"{card.num_parameters:,}" if card.num_parameters else None,
        "digest": base.digest,
        "revision": _revision(card),
        "licence": card.license,
        "commerce": None if commerce is None else say(f"card.is-{commerce}"),
        "origin": card.origin,
        "coverage": render_coverage(base),
        "input": card.input or None,
    }


def made_facts(
    record: ArtifactRecord | SequenceRecord, outcome: FitOutcome | SequenceOutcome, facts: DataFacts | None
) -> dict[str, str | None]:
    """How the model was made, from what, and what that took."""
    plan, licence = record.plan, outcome.licence
    told = None if facts is None else render_languages(facts.languages)
    languages = {} if told is None else {"languages": told}
    return {
        "data": None if facts is None else facts.source,
        "examples": say("card.of-splits", train=outcome.num_train, tune=outcome.num_tune, test=outcome.num_test),
        "split": None if facts is None else facts.split_origin,
        "repeats": None if facts is None else say("card.counted", copies=facts.num_duplicates, leaks=facts.num_leaks),
        **languages,
        "data-licence": None if licence is None else licence.data,
        "result-licence": None if licence is None else licence.sentence,
        "duties": None if licence is None else "; ".join(licence.duties) or say("card.no-duties"),
        "strategy": plan.strategy,
        "seed": str(plan.seed),
        "device": plan.device,
        "seconds": say("card.in-seconds", seconds=f"{outcome.seconds:.0f}"),
        **spent_facts(outcome.spent),
        "versions": ", ".join(f"{name} {number}" for name, number in sorted(record.versions.items())),
        "again": command_again(record, facts, out="again"),
    }


def spent_facts(spent: Spent | None) -> dict[str, str | None]:
    """Operations and energy, each with where the figure comes from."""
    if spent is None:
        return dict.fromkeys(("finetuning", "pretraining", "ratio", "energy"))
    return {
        "finetuning": _flop(spent.finetuning_flop, spent.finetuning_basis),
        "pretraining": _flop(spent.pretraining_flop, spent.pretraining_basis),
        "ratio": None if spent.finetuning_flop is None else spent.sentence,
        "energy": None
        if spent.energy_wh is None
        else say("card.wh", wh=f"{spent.energy_wh:.3g}", basis=say(f"card.basis-{spent.energy_basis}")),
    }


def render_facts(facts: Facts, escape: Callable[[str], str]) -> str:
    """Rows of a Markdown table."""
    unknown = say("card.unknown")
    rows = [(say(f"card.fact-{name}"), unknown if value is None else escape(value)) for name, value in facts.items()]
    return "\n".join(f"| {name} | {value} |" for name, value in rows)


def _revision(card: BackboneCard) -> str | None:
    """Of a hub; what ships with the package changes with it alone."""
    if card.revision is None and card.spec.startswith("shipped:"):
        return say("card.with-injerto")
    return card.revision


def _flop(value: float | None, basis: Basis) -> str | None:
    return None if value is None else say("card.flop", flop=f"{value:.2e}", basis=say(f"card.basis-{basis}"))
