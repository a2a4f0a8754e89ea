"""What all charts share: the drawing with its title and description, scales, ticks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, final

from markupsafe import Markup

from injerto.reports.html import Child, tag

WIDTH: Final = 440
"""Of every drawing, in its own units: on a telephone it is shrunk by a sixth and its text can still be read."""

_STEPS: Final = (1, 2, 2.5, 5, 10)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """From values to places on a line of the drawing."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def at(self, value: float) -> float:
        """The place of a value; one outside the range is put at its end."""
        low, high, value = (math.log(v) if self.logarithmic else v for v in (self.low, self.high, value))
        share = (value - low) / (high - low) if high > low else 0.5
        return round(self.start + min(max(share, 0.0), 1.0) * (self.end - self.start), 2)


def ticks(low: float, high: float, *, about: int = 5) -> list[float]:
    """Round values from `low` to `high`, about so many.

    >>> ticks(0, 0.93)
    [0.0, 0.2, 0.4, 0.6, 0.8]
    """
    if high <= low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in _STEPS if step * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 10) for number in range(first, math.floor(high / step + 1e-9) + 1)]


def drawing(*parts: Child, height: float, title: str, description: str, numbers: "count[int]") -> Markup:
    """An `svg` that a screen reader announces by its title and describes in one sentence."""
    name = f"chart-{next(numbers)}"
    return tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", description, id=f"{name}-text"),
        parts,
        viewBox=f"0 0 {WIDTH} {height:g}",
        role="img",
        aria_labelledby=f"{name}-title {name}-text",
        class_="chart",
    )


def text(content: str, x: float, y: float, *, class_: str = "", anchor: str = "start") -> Markup:
    """A label."""
    return tag("text", content, x=x, y=y, class_=class_ or None, text_anchor=None if anchor == "start" else anchor)


def path(points: Sequence[tuple[float, float]], *, class_: str, closed: bool = False) -> Markup:
    """A line through points."""
    moves = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return tag("path", d=f"M{moves}{'Z' if closed else ''}", class_=class_)
