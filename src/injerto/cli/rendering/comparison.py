"""The textbook's table, an aspect a row and a strategy a column, with what was measured."""

from collections.abc import Iterable, Sequence

from rich.console import RenderableType

from injerto.cli.rendering.tables import cell, count, heading, make_table, percent, points, sentence, short_name
from injerto.core.comparison import ComparedStrategy, Comparison
from injerto.core.evidence import Interval
from injerto.core.messages import say

_COLUMNS_AT_ONCE = 2
"""Strategies beside each other in 80 columns; more go into a table below."""
_NONE = "–"


def render_compared(column: ComparedStrategy) -> Iterable[RenderableType]:
    """One line as soon as it is known."""
    if column.skipped is not None:
        yield sentence(f"{column.strategy}: {column.skipped}")
    elif column.accuracy is not None:
        yield sentence(
            say(
                "compare.done",
                strategy=column.strategy,
                accuracy=percent(column.accuracy.value),
                seconds=f"{column.seconds:.1f}",
            )
        )


def render_comparison(made: Comparison) -> Iterable[RenderableType]:
    """At most 80 columns wide."""
    yield heading(say("compare.title", backbone=short_name(made.backbone), number=made.num_judging))
    for start in range(0, len(made.strategies), _COLUMNS_AT_ONCE):
        yield from _render_some(made, made.strategies[start : start + _COLUMNS_AT_ONCE])
    for column in made.strategies:
        if column.skipped is not None:
            yield sentence(f"{column.strategy}: {column.skipped}")
    if made.last_layer is None or made.several_layers is None:
        yield sentence(
            say("compare.applicability-transcripts", number=count(made.num_examples), letters=made.num_classes)
        )
    else:
        yield sentence(
            say(
                "compare.applicability",
                number=count(made.num_examples),
                classes=made.num_classes,
                each=made.labels_per_class,
                last=percent(made.last_layer),
                several=percent(made.several_layers),
            )
        )
    yield heading(say("compare.recommended", strategy=made.recommended))
    yield sentence(made.because)
    yield sentence(f"{made.textbook[:1].upper()}{made.textbook[1:]}.")
    limit = "" if made.budget_seconds is None else say("search.of-budget", budget=f"{made.budget_seconds:.0f}")
    yield sentence(say("compare.took", seconds=f"{made.seconds:.0f}", limit=limit, once=f"{made.pass_seconds:.1f}"))


def _render_some(made: Comparison, columns: Sequence[ComparedStrategy]) -> Iterable[RenderableType]:
    table = make_table(say("compare.aspect"), *(column.strategy for column in columns))
    table.add_row("", *(say(f"compare.{column.route}") for column in columns))
    for key, values in (
        ("layers", [_layers(column, made.num_groups) for column in columns]),
        ("trained", [_trained(column, made.num_parameters) for column in columns]),
        ("time", [_NONE if column.seconds is None else f"{column.seconds:.1f} s" for column in columns]),
        ("memory", [_NONE if column.peak_mb is None else f"{column.peak_mb:,.0f} MB" for column in columns]),
        (
            "judged-on",
            [_NONE if column.accuracy is None else count(column.accuracy.num_examples) for column in columns],
        ),
        ("accuracy", [_share(column.accuracy) for column in columns]),
        ("gap", [_difference(column.gap) for column in columns]),
        ("flexibility", [_flexibility(column, made) for column in columns]),
    ):
        table.add_row(say(f"compare.{key}"), *(cell(value) for value in values))
    yield table


def _layers(column: ComparedStrategy, num_groups: int) -> str:
    if column.accuracy is None:
        return _NONE
    if column.num_groups_trained:
        return say("compare.layers-trained", trained=column.num_groups_trained, groups=num_groups)
    return say("compare.layers-frozen", groups=num_groups, reads=column.reads)


def _trained(column: ComparedStrategy, num_parameters: int) -> str:
    if column.accuracy is None:
        return _NONE
    share = column.num_trained / (num_parameters + column.num_head)
    return f"{count(column.num_trained)} ({100 * share:.3g} %)"


def _judges(interval: Interval | None) -> str:
    return _NONE if interval is None else count(interval.num_examples)


def _share(interval: Interval | None) -> str:
    if interval is None:
        return _NONE
    return f"{percent(interval.value)} ({100 * interval.low:.1f} … {100 * interval.high:.1f})"


def _difference(interval: Interval | None) -> str:
    if interval is None:
        return _NONE
    return f"{points(interval.value)} ({points(interval.low)} … {points(interval.high)})"


def _flexibility(column: ComparedStrategy, made: Comparison) -> str:
    if column.gain is None:
        return say("compare.reference") if column is made.strategies[0] else _NONE
    return _difference(column.gain)
