"""What `mend` found: the cells, the ways before and after, the frontier in a few points, what to collect."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.padding import Padding

from injerto.cli.rendering.tables import cell, count, heading, make_table, percent, sentence
from injerto.core.evidence import Interval
from injerto.core.mending import FrontierPoint, Mending, Thresholds
from injerto.core.messages import say

_SHOWN = 5


def render_mending(found: Mending) -> Iterable[RenderableType]:
    """At most 80 columns wide."""
    yield heading(say("mend.title", model=found.model, column=found.column, number=count(found.num_test)))
    cells = make_table(*(say(f"mend.{name}") for name in ("cell", "train", "test", "right", "interval")), numbers=4)
    for one in found.cells:
        if one.accuracy is not None:
            name = f"{one.label} × {one.group}"
            right, between = f"{100 * one.accuracy.value:.1f}", _between(one.accuracy)
            cells.add_row(cell(name), count(one.num_train), count(one.num_test), right, between)
    yield Padding(cells, (0, 0, 1, 2))
    ways = make_table(*(say(f"mend.{name}") for name in ("way", "all", "worst", "gain", "seconds")), numbers=4, apart=1)
    for way in found.ways:
        gain = "–" if way.name == "plain" else f"{100 * way.gain.value:+.1f} ({_between(way.gain, signed=True)})"
        name = say(f"mend.way-{way.name}")
        ways.add_row(
            cell(name), f"{100 * way.accuracy.value:.1f}", f"{100 * way.worst.value:.1f}", gain, f"{way.seconds:.2f}"
        )
    yield Padding(ways, (0, 0, 0, 2))
    best = next((way for way in found.ways if way.name == found.best), None)
    if best is None:
        yield sentence(say("mend.none"))
    else:
        yield sentence(say("mend.best", way=say(f"mend.way-{best.name}"), strategy=best.strategy))
    yield sentence(say("mend.frontier", number=len(found.frontier), seconds=f"{found.frontier_seconds:.1f}"))
    for point in _corners(found.frontier):
        words = {"accuracy": percent(point.accuracy), "worst": percent(point.worst)}
        yield sentence(say("mend.point", balance=f"{point.balance:.2f}", **words))
    if found.thresholds is not None:
        yield from _render_thresholds(found.thresholds)
    if found.collect:
        yield sentence(say("mend.collect", cells="; ".join(found.collect)))


def _render_thresholds(found: Thresholds) -> Iterable[RenderableType]:
    before, after = percent(found.accuracy_before), percent(found.accuracy_after)
    yield sentence(say("mend.thresholds", label=found.label, before=before, after=after))
    columns = (say("audit.group"), say("mend.threshold"), say("mend.recall-before"), say("mend.recall-after"))
    table = make_table(*columns, numbers=3)
    for one in found.groups:
        threshold = say("audit.too-few") if one.threshold is None else f"{one.threshold:.2f}"
        table.add_row(cell(one.group), threshold, _recalls(one.before), _recalls(one.after))
    yield Padding(table, (0, 0, 0, 2))
    yield sentence(found.note)


def _recalls(both: tuple[Interval, Interval] | None) -> str:
    return "–" if both is None else " / ".join(f"{100 * one.value:.1f}" for one in both)


def _between(value: Interval, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return f"{100 * value.low:{sign}.1f} … {100 * value.high:{sign}.1f}"


def _corners(points: tuple[FrontierPoint, ...]) -> list[FrontierPoint]:
    """Those that no other beats in both, thinned to a few."""
    kept: list[FrontierPoint] = []
    for point in sorted(points, key=lambda one: (-one.accuracy, -one.worst)):
        if not kept or point.worst > kept[-1].worst:
            kept.append(point)
    step = max(1, -(-len(kept) // _SHOWN))
    return [*kept[:-1:step], kept[-1]] if kept else []
