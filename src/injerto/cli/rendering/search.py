"""A search: the candidates with their scores, the race with its gains."""

from collections.abc import Iterable

from rich.console import RenderableType

from injerto.cli.rendering.similarity import render_similarity
from injerto.cli.rendering.tables import cell, heading, make_table, percent, points, sentence, short_name
from injerto.core.messages import say
from injerto.core.search import Power, Probes, Rung, Search

_COST_NAME = 18


def render_rung(rung: Rung) -> Iterable[RenderableType]:
    """One line as soon as it is known."""
    yield sentence(
        say(
            "search.tried",
            strategy=rung.strategy,
            backbone=short_name(rung.backbone),
            accuracy="–" if rung.accuracy is None else percent(rung.accuracy),
            outcome=say(f"search.outcome-{rung.outcome.replace(' ', '-')}"),
        )
    )


def render_search(search: Search) -> Iterable[RenderableType]:
    """All tables, at most 80 columns wide."""
    yield from render_costs(search)
    yield heading(say("search.backbones", number=search.num_examples))
    table = make_table(
        say("search.backbone-name"),
        say("search.parameters"),
        say("search.last-layer"),
        say("search.layers"),
        say("search.nearest"),
        "LogME",
        "H",
        say("search.places"),
        numbers=7,
        apart=1,
    )
    for score in search.scores:
        table.add_row(
            cell(short_name(score.name)),
            f"{score.num_parameters / 1e6:.1f} M",
            f"{100 * score.accuracy:.1f}",
            f"{100 * score.several_layers:.1f}",
            f"{100 * score.nearest:.1f}",
            f"{score.log_evidence:.2f}",
            f"{score.h_score:.1f}",
            f"{score.rank_sum}" + ("" if score.kept else f" {say('search.out')}"),
        )
    yield table
    yield sentence(say("search.scores-are-priors"))
    yield sentence(say("search.scores-are-worth"))
    similar = {short_name(score.name): score.similarity for score in search.scores if score.similarity is not None}
    if similar:
        yield from render_similarity(similar)
    yield from _race(search)
    if search.probes is not None:
        yield sentence(_probes(search.probes))
    absent = [name for name, because in search.left_out.items() if because == say("search.not-here")]
    if absent:
        yield sentence(say("search.left-out", names=", ".join(absent)))
    for name, because in search.left_out.items():
        if name not in absent:
            yield sentence(say("search.left-out-because", name=short_name(name), reason=because))
    if search.first_pass is not None:
        first = search.first_pass
        yield sentence(
            say("search.first-pass-took", seconds=f"{first.seconds:.1f}", predicted=f"{first.predicted_seconds:.1f}")
        )
    if search.power is not None:
        yield sentence(_energy(search, search.power))
    limit = "" if search.budget_seconds is None else say("search.of-budget", budget=f"{search.budget_seconds:.0f}")
    yield sentence(say("search.took", seconds=f"{search.seconds:.0f}", limit=limit))


def _race(search: Search) -> Iterable[RenderableType]:
    if not search.rungs:
        return
    judged = max(rung.num_examples for rung in search.rungs)
    yield heading(say("search.race", number=judged))
    race = make_table(
        say("search.strategy-name"),
        say("search.backbone-name"),
        say("search.accuracy"),
        say("search.judged-by"),
        say("search.gain"),
        say("search.seconds"),
        "",
        numbers=5,
        apart=1,
    )
    # `lp-ft:rate=0.0001` takes the room of half a name.
    longest = _COST_NAME - 3 if any(":" in rung.strategy for rung in search.rungs) else _COST_NAME
    for rung in search.rungs:
        gain = "" if rung.gain is None else f"{points(rung.gain)} ± {100 * (rung.standard_error or 0):.1f}"
        seconds = rung.predicted_seconds if rung.seconds is None else rung.seconds
        race.add_row(
            rung.strategy,
            cell(short_name(rung.backbone, longest=longest)),
            "–" if rung.accuracy is None else f"{100 * rung.accuracy:.1f}",
            "" if rung.accuracy is None else str(rung.num_examples),
            gain,
            "" if seconds is None else f"{seconds:.0f}",
            say(f"search.outcome-{rung.outcome.replace(' ', '-')}"),
        )
    yield race
    skipped: dict[str, list[str]] = {}
    for rung in search.rungs:
        if rung.outcome == "skipped":
            skipped.setdefault(rung.because, []).append(rung.strategy)
    for because, strategies in skipped.items():
        yield sentence(f"{', '.join(dict.fromkeys(strategies))}: {because}")


def _probes(probes: Probes) -> str:
    tuning = say("search.probe-untried")
    if probes.tuning is not None:
        error = f"{100 * (probes.standard_error or 0):.1f}"
        tuning = say("search.probe-gain", strategy=probes.tuned_by, gain=points(probes.tuning), error=error)
    return say("search.probes", layers=points(probes.several_layers), tuning=tuning)


def _energy(search: Search, power: Power) -> str:
    if power.watts is None:
        return say("search.energy-none")
    cost = next((one for one in search.costs if one.name == search.scores[0].name), None)
    trials = sum(trial.energy_wh or 0.0 for trial in cost.trials) if cost else 0.0
    spent = power.measured_wh if power.measured_wh is not None else power.watts * search.seconds / 3600
    return say(
        f"search.energy-{power.source}",
        watts=f"{power.watts:.0f}",
        wh=f"{spent:.2g}",
        pass_wh=f"{sum(one.pass_wh or 0.0 for one in search.costs):.2g}",
        trial_wh=f"{trials:.2g}",
    )


def render_costs(search: Search) -> Iterable[RenderableType]:
    """What each candidate was predicted to take: a pass, and a trial of each strategy."""
    if not search.costs:
        return
    yield heading(say("search.costs"))
    strategies = [trial.strategy for trial in search.costs[0].trials]
    table = make_table(
        say("search.backbone-name"),
        say("search.pass-seconds"),
        *(name.replace("-", "-\n") for name in strategies),
        say("search.memory-mb"),
        say("search.disk-mb"),
        numbers=3 + len(strategies),
        apart=1,
    )
    for cost in search.costs:
        table.add_row(
            cell(short_name(cost.name, longest=_COST_NAME)),
            brief(cost.pass_seconds),
            *(brief(trial.seconds) for trial in cost.trials),
            f"{max((trial.peak_mb for trial in cost.trials), default=0):.0f}",
            brief(cost.disk_mb),
        )
    yield table
    scaled = [short_name(cost.name) for cost in search.costs if cost.how == "by size"]
    note = say("search.scaled", names=", ".join(scaled)) if scaled else ""
    planned = search.first_pass.num_planned if search.first_pass else search.num_examples
    yield sentence(say("search.costs-are", number=planned, scaled=note))


def brief(value: float) -> str:
    """Two digits where they say something: 0.4, 3.1, 27, 1300."""
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
