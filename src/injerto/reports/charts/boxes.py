"""A picture with boxes over it: right, wrong and missed differ in line as well as in colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, final

from markupsafe import Markup

from injerto.core.messages import say
from injerto.reports.examples import EncodedPicture
from injerto.reports.html import tag

_WIDTH: Final = 320
"""Of the drawing in its own units: letters are as large on a small picture as on a large one."""
_LINE: Final = 15
_CHARACTER: Final = 6.4
_LONGEST: Final = 22

Look = Literal["right", "wrong", "missed"]
LOOKS: Final[tuple[Look, ...]] = ("right", "wrong", "missed")


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class PictureBox:
    """A box in pixels of the picture itself, and what is written on it."""

    corners: tuple[float, float, float, float]
    words: str
    look: Look


def draw_picture(picture: EncodedPicture, boxes: Sequence[PictureBox], *, title: str, description: str) -> Markup:
    """The picture under its boxes, the large ones below."""
    scale = _WIDTH / max(1, picture.width)
    height = round(picture.height * scale, 1)
    ordered = sorted(boxes, key=_area, reverse=True)
    return tag(
        "svg",
        tag("title", title),
        tag("desc", description),
        tag("image", href=picture.address, width=_WIDTH, height=height),
        [_frame(box, scale) for box in ordered],
        [_words(box, scale, height) for box in ordered],
        viewBox=f"0 0 {_WIDTH} {height:g}",
        role="img",
        aria_label=f"{title}: {description}",
        class_="boxes",
    )


def draw_key() -> Markup:
    """What the three kinds of line mean."""
    parts = [
        tag(
            "span",
            tag(
                "svg",
                tag("rect", x=2, y=2, width=24, height=12, class_="halo"),
                tag("rect", x=2, y=2, width=24, height=12, class_=f"box {look}"),
                viewBox="0 0 28 16",
                width=28,
                height=16,
                aria_hidden="true",
                class_="boxes key",
            ),
            say(f"report.box-pictures.key-{look}"),
            class_="key-part",
        )
        for look in LOOKS
    ]
    return tag("p", parts, class_="legend-line")


def _frame(box: PictureBox, scale: float) -> list[Markup]:
    left, top, right, bottom = (round(scale * value, 1) for value in box.corners)
    place = {"x": left, "y": top, "width": max(1.0, right - left), "height": max(1.0, bottom - top)}
    return [tag("rect", class_="halo", **place), tag("rect", class_=f"box {box.look}", **place)]


def _words(box: PictureBox, scale: float, height: float) -> Markup:
    """Inside the upper edge of the box, and inside the picture."""
    words = " ".join(box.words.split())
    words = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
    width = _CHARACTER * len(words) + 6
    left = min(max(0.0, scale * box.corners[0]), max(0.0, _WIDTH - width))
    # Those of missed objects stand at the lower edge: a wrong box mostly lies on the same place.
    top = scale * box.corners[3] - _LINE if box.look == "missed" else scale * box.corners[1]
    top = min(max(0.0, top), max(0.0, height - _LINE))
    return tag(
        "g",
        tag("rect", x=round(left, 1), y=round(top, 1), width=round(width, 1), height=_LINE, class_=f"plate {box.look}"),
        tag("text", words, x=round(left + 3, 1), y=round(top + 11, 1)),
    )


def _area(box: PictureBox) -> float:
    left, top, right, bottom = box.corners
    return (right - left) * (bottom - top)
