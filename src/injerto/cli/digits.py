"""The demo's data: handwritten digits that scikit-learn ships, written as a folder of pictures for each class."""

from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

_SIDE: Final = 64
_HELD_OUT: Final = 5


def write_digits(folder: Path, *, num_examples: int) -> list[Path]:
    """Write the first `num_examples` digits as PNG files below `folder`; returns a few more that stay unlabelled.

    From the test set of E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI 1998 (CC BY 4.0).
    Its writers are not named, so one writer may stand on both sides of the split.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    for number in range(num_examples):
        _write(digits.images[number], folder / str(digits.target[number]) / f"{number:04d}.png")
    unlabelled = []
    for number in range(num_examples, num_examples + _HELD_OUT):
        path = folder.parent / "unlabelled" / f"{number:04d}.png"
        _write(digits.images[number], path)
        unlabelled.append(path)
    return unlabelled


def _write(pixels: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = (255 - pixels * (255 / 16)).astype(np.uint8)  # 0 to 16 in the data, dark strokes on white here
    Image.fromarray(grey).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC).save(path)
