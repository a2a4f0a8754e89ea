"""The freeze map: a network from its input to its head, each layer group frozen or learning."""

import math
from collections.abc import Sequence
from itertools import count
from typing import Final

import numpy as np
from markupsafe import Markup

from injerto.core.plan import FreezeRow
from injerto.reports.charts.frame import WIDTH, drawing, path, text
from injerto.reports.html import tag

_HEIGHT: Final = 128
_BASE: Final = 92
_TALLEST: Final = 74
_HEAD: Final = 34
_GAP: Final = 2.5
_HATCH: Final = 6.0


def draw_layers(
    rows: Sequence[FreezeRow],
    *,
    input_words: str,
    head_words: str,
    title: str,
    description: str,
    numbers: "count[int]",
) -> Markup:
    """Groups as columns, their height by the logarithm of their parameters; frozen ones hatched, learning ones full."""
    room = WIDTH - _HEAD - 14
    width = min(room / max(1, len(rows)), 76.0)
    most = max((row.num_parameters for row in rows), default=1)
    shapes = [_column(row, 2 + number * width, width - _GAP, most) for number, row in enumerate(rows)]
    end = 2 + len(rows) * width + 6
    return drawing(
        shapes,
        tag("rect", x=end, y=_BASE - _TALLEST, width=_HEAD, height=_TALLEST, rx=4, class_="layer learns"),
        path([(2, _BASE + 5), (end + _HEAD, _BASE + 5)], class_="axis"),
        text(input_words, 2, _BASE + 24, class_="tick"),
        text(head_words, end + _HEAD, _BASE + 24, class_="tick", anchor="end"),
        height=_HEIGHT,
        title=title,
        description=description,
        numbers=numbers,
    )


def _column(row: FreezeRow, x: float, width: float, most: int) -> Markup:
    share = math.log1p(row.num_parameters) / math.log1p(max(most, 1)) if row.num_parameters else 0.0
    height = 12 + share * (_TALLEST - 12)
    learning = row.trained and row.num_trained > 0
    part = row.num_trained / row.num_parameters if learning and row.num_parameters else 1.0
    shapes = [
        tag("rect", x=x, y=_BASE - height, width=width, height=height, rx=2, class_="layer frozen"),
        _hatching(x, _BASE - height, width, height),
    ]
    if learning:
        # A group of which a part learns, such as its norms and biases, is filled in that part, never less than a line.
        filled = height if part > 0.999 else max(6.0, part * height)
        shapes.append(tag("rect", x=x, y=_BASE - filled, width=width, height=filled, rx=2, class_="layer learns"))
    return tag("g", tag("title", row.group), shapes)


def _hatching(x: float, y: float, width: float, height: float) -> Markup:
    """Slanted lines that fill a rectangle. A pattern would say it shorter, and makes a printed page of megabytes."""
    moves = []
    for place in np.arange(_HATCH, width + height, _HATCH):
        start = x + max(0.0, place - height), y + min(height, place)
        end = x + min(width, place), y + max(0.0, place - width)
        moves.append(f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}")
    return tag("path", d="".join(moves), class_="hatch-line")
