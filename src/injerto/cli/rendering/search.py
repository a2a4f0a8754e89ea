"""A search: the candidates with their scores, the race with its gains."""

from collections.abc import Iterable

from rich.console import RenderableType

from injerto.cli.rendering.tables import cell, heading, make_table, percent, points, sentence
from injerto.core.messages import say
from injerto.core.search import Rung, Search

_LONGEST_NAME = 22


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
    """Both tables, at most 80 columns wide."""
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
    if search.rungs:
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
        for rung in search.rungs:
            gain = "" if rung.gain is None else f"{points(rung.gain)} ± {100 * (rung.standard_error or 0):.1f}"
            seconds = rung.predicted_seconds if rung.seconds is None else rung.seconds
            race.add_row(
                rung.strategy,
                cell(short_name(rung.backbone)),
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
    if search.left_out:
        names = ", ".join(search.left_out)
        yield sentence(say("search.left-out", names=names))
    limit = "" if search.budget_seconds is None else say("search.of-budget", budget=f"{search.budget_seconds:.0f}")
    yield sentence(say("search.took", seconds=f"{search.seconds:.0f}", limit=limit))


def short_name(name: str) -> str:
    """A path by its last part, and nothing longer than a column."""
    last = name.rstrip("/").rsplit("/", 1)[-1] if name.startswith(("/", ".", "~")) or "/" in name else name
    return last if len(last) <= _LONGEST_NAME else f"{last[: _LONGEST_NAME - 1]}…"
