"""Boxes drawn on a picture: a colour a class, the name and score beside the box, nothing hidden by another's name."""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from PIL import Image, ImageDraw, ImageFont

from injerto.core.messages import plain

_GOLDEN: Final = 0.618034
"""Steps on the wheel of colours by the golden ratio: few classes and many all stay apart."""
_LONGEST: Final = 24
_SMALLEST_SIDE: Final = 480
"""Smaller pictures are enlarged: names have to be read."""
_MOST_ENLARGED: Final = 4


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnBox:
    """A box to draw, in pixels of the picture."""

    label: str
    corners: tuple[float, float, float, float]
    score: float | None = None
    crowd: bool = False


def draw_boxes(image: Image.Image, boxes: Sequence[DrawnBox], labels: Sequence[str]) -> Image.Image:
    """A copy with the boxes on it, the large ones below; crowds have thin lines. Names come from data and are cut."""
    scale = max(1, min(_MOST_ENLARGED, -(-_SMALLEST_SIDE // max(image.size))))
    drawn = image.convert("RGB").resize((image.width * scale, image.height * scale), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(drawn)
    side = max(drawn.size)
    line, font = max(2, side // 400), ImageFont.load_default(size=max(11, side // 55))
    for box in sorted(boxes, key=lambda box: -_area(box)):
        left, top, right, bottom = (value * scale for value in box.corners)
        frame = (left, top, max(left + 1, right - 1), max(top + 1, bottom - 1))
        draw.rectangle(frame, outline=colour_of(box.label, labels), width=1 if box.crowd else line)
    for box in sorted(boxes, key=lambda box: -_area(box)):
        _write(draw, box, scale, font, colour_of(box.label, labels), drawn.size)
    return drawn


def colour_of(label: str, labels: Sequence[str]) -> tuple[int, int, int]:
    """The colour of a class, the same in every picture of the same data."""
    number = labels.index(label) if label in labels else len(labels)
    red, green, blue = colorsys.hls_to_rgb((0.58 + number * _GOLDEN) % 1, 0.42, 0.9)
    return round(255 * red), round(255 * green), round(255 * blue)


def _write(
    draw: ImageDraw.ImageDraw,
    box: DrawnBox,
    scale: int,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    colour: tuple[int, int, int],
    size: tuple[int, int],
) -> None:
    name = plain(box.label)
    name = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    text = name if box.score is None else f"{name} {box.score:.2f}"
    width, height = draw.textbbox((0, 0), text, font=font, anchor="lt")[2:]
    left = min(max(0.0, box.corners[0] * scale), max(0.0, size[0] - width - 4))
    top = box.corners[1] * scale - height - 4
    top = (
        top if top >= 0 else min(box.corners[1] * scale, size[1] - height - 4)
    )  # Inside, where the picture ends above.
    draw.rectangle((left, top, left + width + 4, top + height + 4), fill=colour)
    draw.text((left + 2, top + 2), text, fill=_ink_on(colour), font=font, anchor="lt")


def _area(box: DrawnBox) -> float:
    left, top, right, bottom = box.corners
    return (right - left) * (bottom - top)


def _ink_on(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Black or white, whichever stands out, by the luminance of ITU-R BT.601."""
    red, green, blue = colour
    return (0, 0, 0) if 0.299 * red + 0.587 * green + 0.114 * blue > 120 else (255, 255, 255)
