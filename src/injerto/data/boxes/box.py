"""One labelled box, in pixels of the upright picture, exact to a millionth of a pixel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

_DECIMALS: Final = 6
"""Of a pixel: formats keep corners, sizes or shares of the picture, and rounding here makes them tell the same box."""


@final
@dataclass(frozen=True, slots=True)
class Box:
    """A labelled rectangle; right and bottom lie beyond left and top."""

    label: str
    left: float
    top: float
    right: float
    bottom: float
    crowd: bool = False
    """Whether it stands for many objects, or is too hard to judge: neither learnt nor counted as missed."""

    @property
    def corners(self) -> tuple[float, float, float, float]:
        return self.left, self.top, self.right, self.bottom

    @property
    def width(self) -> float:
        return exact(self.right - self.left)

    @property
    def height(self) -> float:
        return exact(self.bottom - self.top)


def exact(value: float) -> float:
    """A coordinate as it is kept.

    >>> exact(0.1 + 0.2)
    0.3
    """
    return round(float(value), _DECIMALS) + 0.0  # Never a negative zero.


def written(value: float) -> int | float:
    """A coordinate for a file: whole pixels without a point."""
    kept = exact(value)
    return int(kept) if kept.is_integer() else kept


def corner_array(boxes: Sequence[Box]) -> npt.NDArray[np.float64]:
    """Corners, shape (boxes, 4)."""
    return np.array([box.corners for box in boxes], dtype=np.float64).reshape(-1, 4)
