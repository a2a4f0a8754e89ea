"""A chart of lines with their intervals and with marks: curves of training, of learning, of reliability."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, final

from markupsafe import Markup

from injerto.reports.charts.frame import WIDTH, Scale, drawing, path, text, ticks
from injerto.reports.html import tag

_HEIGHT: Final = 270
_LEFT: Final = 46
_RIGHT: Final = WIDTH - 14
_TOP: Final = 34
_BOTTOM: Final = _HEIGHT - 44
_CHARACTER: Final = 7.9
"""Of a legend's text, at most: the widths of letters are known to the browser alone."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One series. Lines differ in colour, in dash and in the shape of their points, so that no colour is needed."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    look: int = 0
    """0 to 2: colour, dash and shape."""
    joined: bool = True
    bars: bool = False
    """Whether intervals are bars at each point and not a band."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A vertical line, or a range from `x` to `until`, with words."""

    x: float
    words: str
    until: float | None = None


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """One axis: its words, its range, how values are written."""

    words: str
    low: float
    high: float
    write: Callable[[float], str] = "{:g}".format
    logarithmic: bool = False
    at: Sequence[float] | None = None
    """Where ticks stand; None finds round values."""


def draw_lines(
    lines: Sequence[Line],
    x: Axis,
    y: Axis,
    *,
    title: str,
    description: str,
    numbers: "count[int]",
    marks: Sequence[Mark] = (),
    diagonal: bool = False,
) -> Markup:
    """The chart, its legend above."""
    across = Scale(low=x.low, high=x.high, start=_LEFT, end=_RIGHT, logarithmic=x.logarithmic)
    up = Scale(low=y.low, high=y.high, start=_BOTTOM, end=_TOP)
    corners = [(across.at(value), up.at(value)) for value in (max(x.low, y.low), min(x.high, y.high))]
    return drawing(
        [_draw_range(mark, across) for mark in marks if mark.until is not None],
        list(_grid(x, y, across, up)),
        path(corners, class_="ideal") if diagonal else None,
        [_draw_band(line, across, up) for line in lines],
        [_draw_line(line, across, up) for line in lines],
        [_draw_mark(mark, across) for mark in marks if mark.until is None],
        list(_legend(lines)),
        height=_HEIGHT,
        title=title,
        description=description,
        numbers=numbers,
    )


def _grid(x: Axis, y: Axis, across: Scale, up: Scale) -> Iterator[Markup]:
    for value in y.at or ticks(y.low, y.high):
        yield path([(_LEFT, up.at(value)), (_RIGHT, up.at(value))], class_="grid")
        yield text(y.write(value), _LEFT - 7, up.at(value) + 4, class_="tick", anchor="end")
    for value in x.at or ticks(x.low, x.high, about=6):
        yield text(x.write(value), across.at(value), _BOTTOM + 17, class_="tick", anchor="middle")
        yield path([(across.at(value), _BOTTOM), (across.at(value), _BOTTOM + 4)], class_="axis")
    yield path([(_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)], class_="axis")
    yield text(x.words, (_LEFT + _RIGHT) / 2, _HEIGHT - 8, class_="words", anchor="middle")
    yield text(y.words, _LEFT - 38, 12, class_="words")


def _draw_band(line: Line, across: Scale, up: Scale) -> Markup | None:
    if line.low is None or line.high is None:
        return None
    places = [across.at(value) for value in line.x]
    if line.bars or len(places) == 1:
        ends = zip(places, line.low, line.high, strict=True)
        bars = [path([(x, up.at(low)), (x, up.at(high))], class_=f"whisker look-{line.look}") for x, low, high in ends]
        return tag("g", bars)
    above = [(x, up.at(value)) for x, value in zip(places, line.high, strict=True)]
    below = [(x, up.at(value)) for x, value in zip(places, line.low, strict=True)]
    return path([*above, *reversed(below)], class_=f"band look-{line.look}", closed=True)


def _draw_line(line: Line, across: Scale, up: Scale) -> Markup:
    points = [(across.at(x), up.at(y)) for x, y in zip(line.x, line.y, strict=True)]
    few = len(points) <= 40
    return tag(
        "g",
        path(points, class_=f"line look-{line.look}") if line.joined and len(points) > 1 else None,
        [_point(x, y, line.look) for x, y in points] if few or not line.joined else None,
    )


def _point(x: float, y: float, look: int) -> Markup:
    class_ = f"point look-{look}"
    if look == 0:
        return tag("circle", cx=x, cy=y, r=3.2, class_=class_)
    if look == 1:
        return tag("rect", x=x - 3, y=y - 3, width=6, height=6, class_=class_)
    return path([(x, y - 4), (x + 4, y + 3), (x - 4, y + 3)], class_=class_, closed=True)


def _draw_range(mark: Mark, across: Scale) -> Markup:
    start, end = across.at(mark.x), across.at(mark.until if mark.until is not None else mark.x)
    return tag(
        "g",
        tag("rect", x=start, y=_TOP, width=max(2.0, end - start), height=_BOTTOM - _TOP, class_="alarm"),
        text(mark.words, end - 4, _TOP + 30, class_="alarm-words", anchor="end"),
    )


def _draw_mark(mark: Mark, across: Scale) -> Markup:
    x = across.at(mark.x)
    right = x > (_LEFT + _RIGHT) / 2
    return tag(
        "g",
        path([(x, _TOP), (x, _BOTTOM)], class_="mark"),
        text(mark.words, x - 6 if right else x + 6, _TOP + 12, class_="mark-words", anchor="end" if right else "start"),
    )


def _legend(lines: Sequence[Line]) -> Iterator[Markup]:
    """From the right edge to the left, so that the words of the axis keep the left."""
    x = float(_RIGHT)
    for line in reversed(lines):
        if not line.name:
            continue
        yield text(line.name, x, 12, class_="legend", anchor="end")
        x -= _CHARACTER * len(line.name) + 5
        yield path([(x - 22, 8), (x, 8)], class_=f"line look-{line.look}") if line.joined else Markup("")
        yield _point(x - 11, 8, line.look)
        x -= 36
