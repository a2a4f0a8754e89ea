"""Ways to train a detector side by side, a strategy a row."""

from collections.abc import Iterable

from rich.console import RenderableType

from injerto.cli.rendering.tables import cell, count, heading, make_table, sentence, short_name
from injerto.core.detector_comparison import DetectorComparison
from injerto.core.evidence import Interval
from injerto.core.messages import say

_NONE = "–"


def render_detector_comparison(made: DetectorComparison) -> Iterable[RenderableType]:
    """At most 80 columns wide."""
    size = f"{made.input_size[0]} x {made.input_size[1]}"
    yield heading(
        say("detection.compare-title", backbone=short_name(made.backbone), number=count(made.num_judging), size=size)
    )
    names = ("precision", "precision-50", "gained", "epochs", "time", "trained")
    table = make_table(say("detection.strategy"), *(say(f"detection.{name}") for name in names), numbers=6, apart=1)
    for one in made.strategies:
        if one.skipped is None:
            table.add_row(
                cell(one.strategy),
                _share(one.mean_precision),
                _share(one.precision_50),
                _difference(one.gain),
                f"{one.num_epochs}/{one.recipe_epochs}",
                f"{one.seconds:.0f} s",
                count(one.num_trained),
            )
    yield table
    for one in made.strategies:
        if one.skipped is not None:
            yield sentence(f"{one.strategy}: {one.skipped}")
    if made.verdict is not None:
        yield heading(say("detection.compare-verdict", verdict=made.verdict))
    yield sentence(made.sentence)
    yield heading(say("compare.recommended", strategy=made.recommended))
    yield sentence(made.because)
    limit = "" if made.budget_seconds is None else say("search.of-budget", budget=f"{made.budget_seconds:.0f}")
    yield sentence(say("detection.compare-took", seconds=f"{made.seconds:.0f}", limit=limit, number=made.num_train))


def _share(value: Interval | None) -> str:
    """In percent, with its interval below it."""
    return _NONE if value is None else f"{100 * value.value:.1f}\n{100 * value.low:.1f}–{100 * value.high:.1f}"


def _difference(value: Interval | None) -> str:
    return _NONE if value is None else f"{100 * value.value:+.1f}\n{100 * value.low:+.1f} … {100 * value.high:+.1f}"
