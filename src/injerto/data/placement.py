"""How a whole picture lies in the input of a network: scaled, shifted, perhaps mirrored; and boxes along with it."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

PLACED: Final = "scale-flip"
"""The augmentation that places pictures at random, unlike crops that deform them."""

Corners = npt.NDArray[np.float64]
"""Shape (boxes, 4): left, top, right, bottom."""

_SCALES: Final = (0.8, 1.4)
"""Of the size at which the picture just fits."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """A picture of `size` scaled to `scaled`, mirrored or not, its corner at `left`, `top` of an input of `input_size`.

    All sizes are width and height in pixels; a corner may lie outside, and then the picture is cut.
    """

    size: tuple[int, int]
    scaled: tuple[int, int]
    left: int
    top: int
    input_size: tuple[int, int]
    flipped: bool = False

    def to_input(self, corners: Corners) -> Corners:
        """Boxes in pixels of the picture as shares of the input, not clipped."""
        across, down = self.scaled[0] / self.size[0], self.scaled[1] / self.size[1]
        left, right = corners[:, 0] * across, corners[:, 2] * across
        if self.flipped:
            left, right = self.scaled[0] - right, self.scaled[0] - left
        placed = [left + self.left, corners[:, 1] * down + self.top, right + self.left, corners[:, 3] * down + self.top]
        return np.asarray(np.stack(placed, axis=1) / np.array(self.input_size * 2))

    def to_picture(self, corners: Corners) -> Corners:
        """Boxes as shares of the input in pixels of the picture, clipped to it; the inverse of `to_input`."""
        left, top, right, bottom = (corners * np.array(self.input_size * 2)).T
        left, right = left - self.left, right - self.left
        if self.flipped:
            left, right = self.scaled[0] - right, self.scaled[0] - left
        across, down = self.size[0] / self.scaled[0], self.size[1] / self.scaled[1]
        placed = np.stack([left * across, (top - self.top) * down, right * across, (bottom - self.top) * down], axis=1)
        return np.asarray(np.clip(placed, 0, np.array(self.size * 2)))


def place_whole(size: tuple[int, int], input_size: tuple[int, int]) -> Placement:
    """As large as fits, in the middle."""
    scale = max(size[0] / input_size[0], size[1] / input_size[1])
    scaled = max(1, round(size[0] / scale)), max(1, round(size[1] / scale))
    left, top = ((input_size[side] - scaled[side]) // 2 for side in (0, 1))
    return Placement(size=size, scaled=scaled, left=left, top=top, input_size=input_size)


def place_randomly(size: tuple[int, int], input_size: tuple[int, int], *, seed: int) -> Placement:
    """0.8 to 1.4 times as large as fits, anywhere, mirrored half of the time; the same seed gives the same."""
    generator = np.random.default_rng(seed)
    scale = max(size[0] / input_size[0], size[1] / input_size[1]) / generator.uniform(*_SCALES)
    scaled = max(1, round(size[0] / scale)), max(1, round(size[1] / scale))
    left, top = (round((input_size[side] - scaled[side]) * generator.random()) for side in (0, 1))
    flipped = bool(generator.random() < 0.5)
    return Placement(size=size, scaled=scaled, left=left, top=top, input_size=input_size, flipped=flipped)
