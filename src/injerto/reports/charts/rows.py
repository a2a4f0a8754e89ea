"""Charts of one row a thing, its name above its mark: bars from zero, and intervals around a reference."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, final

from markupsafe import Markup

from injerto.reports.charts.frame import WIDTH, Scale, drawing, path, text, ticks
from injerto.reports.html import tag

_ROW: Final = 38
_LEFT: Final = 6
_RIGHT: Final = WIDTH - 10


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One thing: what it is called, its value in words, and its value or parts."""

    name: str
    words: str
    value: float
    low: float | None = None
    high: float | None = None
    look: str = "plain"
    """`plain`, `chosen`, `good`, `open` or `bad`."""
    parts: Sequence[float] = ()
    """Instead of one bar, bars end to end."""


def draw_bars(rows: Sequence[Row], *, high: float, title: str, description: str, numbers: "count[int]") -> Markup:
    """Bars from zero to at most `high`, an interval as a line at the end of its bar."""
    scale = Scale(low=0, high=high, start=_LEFT, end=_RIGHT)
    shapes = [_bar(row, number * _ROW, scale) for number, row in enumerate(rows)]
    return drawing(shapes, height=_ROW * len(rows) + 4, title=title, description=description, numbers=numbers)


def draw_intervals(
    rows: Sequence[Row],
    *,
    low: float,
    high: float,
    write: Callable[[float], str],
    title: str,
    description: str,
    numbers: "count[int]",
    reference: float = 0.0,
    reference_words: str = "",
) -> Markup:
    """Intervals with a point each, around a line at `reference`."""
    scale = Scale(low=min(low, reference), high=max(high, reference), start=_LEFT + 14, end=_RIGHT - 14)
    bottom = _ROW * len(rows) + 8
    zero = scale.at(reference)
    return drawing(
        list(_axis(scale, len(rows), bottom, write)),
        [path([(zero, top), (zero, end)], class_="reference") for top, end in _bands(len(rows))],
        text(reference_words, zero, bottom + 34, class_="words", anchor=_anchor(zero)) if reference_words else None,
        [_interval(row, number * _ROW, scale) for number, row in enumerate(rows)],
        height=bottom + (42 if reference_words else 24),
        title=title,
        description=description,
        numbers=numbers,
    )


def _bar(row: Row, top: float, scale: Scale) -> Markup:
    y = top + 20
    start = scale.start
    shapes: list[Markup] = [tag("rect", x=start, y=y, width=scale.end - start, height=10, rx=3, class_="track")]
    if row.parts:
        for number in range(len(row.parts)):
            end = scale.at(sum(row.parts[: number + 1]))
            width = max(0.0, end - start - 1)
            shapes.append(tag("rect", x=start, y=y, width=width, height=10, class_=f"bar part-{number}"))
            start = end
    else:
        width = max(1.5, scale.at(row.value) - start)
        shapes.append(tag("rect", x=start, y=y, width=width, height=10, rx=3, class_=f"bar {row.look}"))
    if row.low is not None and row.high is not None:
        shapes.append(path([(scale.at(row.low), y + 5), (scale.at(row.high), y + 5)], class_="whisker over"))
    return tag("g", _names(row, top), shapes)


def _interval(row: Row, top: float, scale: Scale) -> Markup:
    y = top + 25
    low, high = (scale.at(row.value if end is None else end) for end in (row.low, row.high))
    return tag(
        "g",
        _names(row, top),
        path([(low, y), (high, y)], class_=f"whisker {row.look}"),
        path([(low, y - 4), (low, y + 4)], class_=f"whisker {row.look}"),
        path([(high, y - 4), (high, y + 4)], class_=f"whisker {row.look}"),
        tag("circle", cx=scale.at(row.value), cy=y, r=4.5, class_=f"dot {row.look}"),
    )


def _names(row: Row, top: float) -> Markup:
    cut = row.name if len(row.name) <= 38 else f"{row.name[:37]}…"
    return tag(
        "g",
        text(cut, _LEFT, top + 13, class_="row-name strong" if row.look == "chosen" else "row-name"),
        text(row.words, _RIGHT, top + 13, class_="row-words", anchor="end"),
    )


def _axis(scale: Scale, num_rows: int, bottom: float, write: Callable[[float], str]) -> Iterator[Markup]:
    for value in ticks(scale.low, scale.high, about=5):
        x = scale.at(value)
        yield tag("g", [path([(x, top), (x, end)], class_="grid") for top, end in _bands(num_rows)])
        yield text(write(value), x, bottom + 16, class_="tick", anchor="middle")


def _bands(num_rows: int) -> list[tuple[float, float]]:
    """The part of each row that holds its mark: lines through the names above would strike them out."""
    return [(number * _ROW + 18.0, number * _ROW + 33.0) for number in range(num_rows)]


def _anchor(x: float) -> str:
    return "start" if x < WIDTH / 4 else "end" if x > WIDTH * 3 / 4 else "middle"
