"""A chart of points: one path for each look, so that thousands of them stay small."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, final

from markupsafe import Markup

from injerto.data.arrays import Floats
from injerto.reports.charts.frame import WIDTH, drawing
from injerto.reports.html import tag

_SIDE: Final = WIDTH
_EDGE: Final = 12

_SIGNS: Final = (
    "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0",  # disc
    "m-3.2 2.6h6.4l-3.2-5.8z",  # triangle
    "m-2.6-2.6h5.2v5.2h-5.2z",  # square
    "m-3.2 0h6.4m-3.2-3.2v6.4",  # cross
    "m0-3.7l3.2 3.7l-3.2 3.7l-3.2-3.7z",  # diamond
    "m-3.2-2.6h6.4l-3.2 5.8z",  # triangle on its tip
    "m-2.6-2.6l5.2 5.2m0-5.2l-5.2 5.2",  # oblique cross
    "m-1.6 0a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0-3.2 0",  # small disc, of all others
)
_RING: Final = "m-6.2 0a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0-12.4 0"
NUM_LOOKS: Final = len(_SIGNS) - 1
"""Looks that differ in shape; the one after them is for everything else."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Cloud:
    """Points of one look."""

    places: Floats
    """Shape (points, 2), both from 0 to 1, up is more."""
    look: int
    ringed: bool = False


def draw_scatter(clouds: Sequence[Cloud], *, title: str, description: str, numbers: "count[int]") -> Markup:
    """A square of points without axes, whose units mean nothing."""
    shapes = [tag("rect", x=0.5, y=0.5, width=_SIDE - 1, height=_SIDE - 1, rx=8, class_="ground")]
    for cloud in clouds:
        if cloud.ringed:
            shapes.append(tag("path", d=_repeat(_RING, cloud.places), class_="ring"))
        shapes.append(tag("path", d=_repeat(_SIGNS[cloud.look], cloud.places), class_=f"sign sign-{cloud.look}"))
    return drawing(shapes, height=_SIDE, title=title, description=description, numbers=numbers)


def draw_sign(look: int | None) -> Markup:
    """The sign of a look for a legend; None is the ring."""
    form, class_ = (_RING, "ring") if look is None else (_SIGNS[look], f"sign sign-{look}")
    return tag(
        "svg",
        tag("path", d=f"M8 8{form}", class_=class_),
        viewBox="0 0 16 16",
        width=16,
        height=16,
        aria_hidden="true",
        class_="chart-sign",
    )


def _repeat(form: str, places: Floats) -> str:
    span = _SIDE - 2 * _EDGE
    return "".join(f"M{_EDGE + span * x:.1f} {_EDGE + span * (1 - y):.1f}{form}" for x, y in places)
