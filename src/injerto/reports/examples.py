"""The examples behind the figures, read from the user's own data when they are given: an artifact holds none."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, final

import numpy as np
from markupsafe import Markup
from PIL import Image

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.survey import Problem
from injerto.data.items import AbstractImageItem, Text
from injerto.data.labelled import Example
from injerto.reports.html import shown, tag

_SIDE: Final = 168
_QUALITY: Final = 78
_MOST_BYTES: Final = 1_900_000
"""Of all pictures together: in base64 they are a third larger, and the page has to stay below 3 MB."""
_LONGEST_TEXT: Final = 320


@final
@dataclass(kw_only=True)
class Examples:
    """Test examples by their position, and all others by their place in the data."""

    test: Sequence[Example]
    by_place: dict[str, Example]
    """Keyed as suspect labels name them: below the data's own folder."""
    problems: tuple[Problem, ...]
    _known: dict[str, str] = field(init=False, default_factory=dict)
    _num_bytes: int = field(init=False, default=0)

    def place(self, position: int) -> str:
        """File, or file and row, of a test example."""
        here = self.test[position]
        return next((place for place, one in self.by_place.items() if one is here), here.where)

    def show(self, example: Example, *, place: str, labelled: str) -> Markup:
        """The picture or the text, or one line that says why there is none."""
        if isinstance(example.item, Text):
            return tag("blockquote", shown(example.item.read(), longest=_LONGEST_TEXT), class_="text")
        assert isinstance(example.item, AbstractImageItem)
        try:
            address = self._picture(example.item)
        except DataError as error:
            return tag("p", error.what, class_="absent")
        if address is None:
            return tag("p", say("report.pictures-full"), class_="absent")
        alt = say("report.picture-alt", place=place, label=labelled)
        return tag("img", src=address, alt=alt, width=_SIDE, height=_SIDE)

    def _picture(self, item: AbstractImageItem) -> str | None:
        """A small JPEG as an address of its own; written anew, so that nothing but pixels travels."""
        if item.digest not in self._known:
            picture = item.decode(at_least=_SIDE).image.convert("RGB")
            picture.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
            stream = io.BytesIO()
            clean = Image.fromarray(np.asarray(picture))  # A thumbnail keeps EXIF and comments of its file.
            clean.save(stream, "JPEG", quality=_QUALITY, optimize=True)
            self._known[item.digest] = f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode()}"
        address = self._known[item.digest]
        if self._num_bytes + len(address) > _MOST_BYTES:
            return None
        self._num_bytes += len(address)
        return address
