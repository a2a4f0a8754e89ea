"""What can be wrong with pictures that open: nearly black, of one colour, nearly equal with different labels."""

# N pictures, P pixels of a thumbnail.

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from injerto.data.items import AbstractImageItem
from injerto.data.labelled import LabelledData

_MOST_PIXELS: Final = 100_000_000
"""Of all pictures that are looked at: a second or two, since large JPEG files are decoded at a fraction."""
_SIDE: Final = 64
_DARK: Final = 10
"""Of 255: a screen shows nothing below it."""
_RANGE: Final = 6
_OUTLIERS: Final = 0.001
"""Share of pixels that do not count at either end: one hot pixel makes no picture."""
_THUMBNAIL: Final = 16
_CONTRAST: Final = 4.0
_ALIKE: Final = 0.995
"""Correlation of two thumbnails: the same picture saved again has 0.998 and more, two of one scene seldom 0.99."""
_BLOCK: Final = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureContents:
    """What was found among the pictures that were looked at, by position in the data."""

    num_looked_at: int
    near_black: tuple[int, ...]
    near_constant: tuple[int, ...]
    """Of one colour, and not black."""
    alike: tuple[tuple[int, int], ...]
    """Pairs that are nearly equal and not equal."""


def look_at_pictures(data: LabelledData, positions: Sequence[int]) -> PictureContents:
    """Look at pictures in this order, until a hundred million pixels were seen; memory is that of their thumbnails."""
    black, constant, seen, thumbnails = [], [], [], []
    num_pixels = num_looked_at = 0
    for position in positions:
        item = data.examples[position].item
        assert isinstance(item, AbstractImageItem)
        width, height = item.read_size()
        num_pixels += width * height
        if num_looked_at and num_pixels > _MOST_PIXELS:
            break
        num_looked_at += 1
        image = item.decode(at_least=_SIDE).image
        low, high = _extremes(image)
        if max(high) <= _DARK:
            black.append(position)
        elif all(top - bottom <= _RANGE for bottom, top in zip(low, high, strict=True)):
            constant.append(position)
        else:
            seen.append(position)
            small = image.convert("L").resize((_THUMBNAIL, _THUMBNAIL), Image.Resampling.BOX)
            thumbnails.append(np.asarray(small, dtype=np.float32).ravel())
    return PictureContents(
        num_looked_at=num_looked_at,
        near_black=tuple(sorted(black)),
        near_constant=tuple(sorted(constant)),
        alike=_find_alike(data, seen, thumbnails),
    )


def _extremes(image: Image.Image) -> tuple[list[int], list[int]]:
    """Of each channel the darkest and the brightest level, a thousandth of the pixels at either end left out."""
    levels_CL = np.asarray(image.histogram()).reshape(3, 256)
    shares_CL = levels_CL.cumsum(axis=1) / levels_CL.sum(axis=1, keepdims=True)
    low = (shares_CL > _OUTLIERS).argmax(axis=1)
    high = (shares_CL >= 1 - _OUTLIERS).argmax(axis=1)
    return low.tolist(), high.tolist()


def _find_alike(
    data: LabelledData, seen: Sequence[int], thumbnails: Sequence[npt.NDArray[np.float32]]
) -> tuple[tuple[int, int], ...]:
    """Pairs whose thumbnails correlate; pictures without contrast are like all others and are not compared."""
    if not thumbnails:
        return ()
    x_NP = np.stack(thumbnails)
    x_NP -= x_NP.mean(axis=1, keepdims=True)
    rows_N = np.flatnonzero(x_NP.std(axis=1) > _CONTRAST)
    x_NP = x_NP[rows_N]
    x_NP /= np.linalg.norm(x_NP, axis=1, keepdims=True)
    pairs = []
    for start in range(0, len(x_NP), _BLOCK):
        near_BN = x_NP[start : start + _BLOCK] @ x_NP.T >= _ALIKE
        for first, second in np.argwhere(near_BN).tolist():
            one, other = seen[rows_N[start + first]], seen[rows_N[second]]
            if one < other and data.examples[one].item.digest != data.examples[other].item.digest:
                pairs.append((one, other))
    return tuple(pairs)
