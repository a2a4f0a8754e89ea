"""What the model looked at, drawn: the picture in light where the heat is, grey and dim elsewhere."""

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from injerto.data.arrays import Floats

_DIM: Final = 0.42
"""Of the brightness, where nothing counts: what is there can still be recognised."""
_LUMA: Final = (0.299, 0.587, 0.114)


def light_up(pixels: npt.NDArray[np.uint8], heat: Floats) -> npt.NDArray[np.uint8]:
    """Pixels of shape (height, width, 3) under a heat in [0, 1] of any size.

    Brightness and colour tell it, not a scale of colours: it is read in grey print and by the colour-blind, and a
    rainbow over a picture hides the picture.
    """
    height, width = pixels.shape[:2]
    small = Image.fromarray((255 * heat).round().astype(np.uint8))
    light = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float64)[..., None] / 255
    grey = (pixels @ np.array(_LUMA))[..., None] * _DIM
    return np.asarray((light * pixels + (1 - light) * grey).round().clip(0, 255).astype(np.uint8))
