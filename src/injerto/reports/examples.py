"""The examples behind the figures, read from the user's own data when they are given: an artifact holds none."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from PIL import Image

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.survey import Problem
from injerto.data.items import AbstractImageItem, AbstractItem, Text
from injerto.data.labelled import Example
from injerto.data.recordings import AbstractRecording
from injerto.reports.clip import encode_clip
from injerto.reports.html import shown, tag
from injerto.reports.spectrogram import draw_spectrogram

_SIDE: Final = 168
_QUALITY: Final = 78
_MOST_BYTES: Final = 1_900_000
"""Of all pictures together: in base64 they are a third larger, and the page has to stay below 3 MB."""
_LONGEST_TEXT: Final = 320
_SHORT_TEXT: Final = 110
_LARGE_SIDE: Final = 480
"""Of a picture whose boxes have to be seen."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class EncodedPicture:
    """A small copy as an address of its own, and the size of the upright picture itself in pixels."""

    address: str
    width: int
    height: int


@final
@dataclass(kw_only=True)
class Examples:
    """Test examples by their position, and all others by their place in the data."""

    test: Sequence[Example]
    by_place: dict[str, Example]
    """Keyed as suspect labels name them: below the data's own folder."""
    problems: tuple[Problem, ...]
    _known: dict[tuple[str, int], str] = field(init=False, default_factory=dict)
    _num_bytes: int = field(init=False, default=0)

    def place(self, position: int) -> str:
        """File, or file and row, of a test example."""
        return self.place_of(self.test[position])

    def place_of(self, example: Example) -> str:
        """File, or file and row, of any example."""
        return self._places.get(id(example), example.where)

    @cached_property
    def _places(self) -> dict[int, str]:
        return {id(one): place for place, one in self.by_place.items()}

    def show(self, example: Example, *, place: str, labelled: str) -> Markup:
        """The picture or the text, or one line that says why there is none."""
        if isinstance(example.item, Text):
            return tag("blockquote", shown(example.item.read(), longest=_LONGEST_TEXT), class_="text")
        try:
            address = self._picture(example.item)
        except DataError as error:
            return tag("p", error.what, class_="absent")
        if address is None:
            return tag("p", say("report.pictures-full"), class_="absent")
        alt = say("report.picture-alt", place=place, label=labelled)
        return tag("img", src=address, alt=alt, width=_SIDE, height=_SIDE)

    def picture(self, example: Example) -> EncodedPicture | None:
        """A picture large enough for its boxes; None where the page is full."""
        item = example.item
        assert isinstance(item, AbstractImageItem)  # Boxes lie in pictures.
        address = self._picture(item, _LARGE_SIDE)
        width, height = item.read_size()
        return None if address is None else EncodedPicture(address=address, width=width, height=height)

    def clip(self, example: Example) -> Markup | None:
        """The sound of a recording, its first seconds, to be heard in the page; None where the page is full."""
        if not isinstance(example.item, AbstractRecording):
            return None
        try:
            sound = example.item.read()
        except DataError:
            return None  # Its place and labels stand beside it all the same.
        address = self._count(encode_clip(sound.samples, sound.sample_rate_hz))
        return None if address is None else tag("audio", src=address, controls=True, preload="none")

    def show_pixels(self, pixels: npt.NDArray[np.uint8], *, alt: str) -> Markup | None:
        """A picture that was made here; None where the page is full."""
        address = self._count(_encode(Image.fromarray(pixels), _SIDE))
        return None if address is None else tag("img", src=address, alt=alt, width=_SIDE, height=_SIDE)

    def show_small(self, example: Example, *, place: str, labelled: str) -> Markup | None:
        """A picture of half the side, or the beginning of a text; None where there is none to show."""
        if isinstance(example.item, Text):
            return tag("q", shown(example.item.read(), longest=_SHORT_TEXT))
        try:
            address = self._picture(example.item, _SIDE // 2)
        except DataError:
            return None  # Its label and its place stand beside it all the same.
        alt = say("report.picture-alt", place=place, label=labelled)
        return None if address is None else tag("img", src=address, alt=alt, width=_SIDE // 2, height=_SIDE // 2)

    def _picture(self, item: AbstractItem, side: int = _SIDE) -> str | None:
        if (item.digest, side) not in self._known:
            self._known[item.digest, side] = _encode(_draw(item, side), side)
        return self._count(self._known[item.digest, side])

    def _count(self, address: str) -> str | None:
        if self._num_bytes + len(address) > _MOST_BYTES:
            return None
        self._num_bytes += len(address)
        return address


def _draw(item: AbstractItem, side: int) -> Image.Image:
    """A picture as it is; of a recording its spectrogram."""
    if isinstance(item, AbstractRecording):
        sound = item.read()
        return Image.fromarray(draw_spectrogram(sound.samples, sound.sample_rate_hz))
    assert isinstance(item, AbstractImageItem)
    return item.decode(at_least=side).image


def _encode(image: Image.Image, side: int) -> str:
    """A small JPEG as an address of its own; written anew, so that nothing but pixels travels."""
    picture = image.convert("RGB")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    clean = Image.fromarray(np.asarray(picture))  # A thumbnail keeps EXIF and comments of its file.
    clean.save(stream, "JPEG", quality=_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode()}"
