"""The demo's data: handwritten digits that scikit-learn ships, written as a folder of pictures for each class."""

from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

_SIDE: Final = 64
_HELD_OUT: Final = 5
_NUM_EXAMPLES: Final = 600
_TURNS: Final = ("train",) * 3 + ("val",) + ("test",) * 8
"""In turns, since a writer's digits stand together: a model of three writers would be judged on ten others."""


def write_digits(folder: Path) -> list[Path]:
    """Write 600 digits as PNG files into `train`, `val` and `test` below `folder`; returns more that stay unlabelled.

    150 to learn from, and 400 to judge by: enough to tell what was learned before from what random weights give.
    From the test set of E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI 1998 (CC BY 4.0).
    Its writers are not named, so one writer may stand on both sides of the split.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    for position in range(_NUM_EXAMPLES):
        split = _TURNS[position % len(_TURNS)]
        _write(digits.images[position], folder / split / str(digits.target[position]) / f"{position:04d}.png")
    unlabelled = []
    for position in range(_NUM_EXAMPLES, _NUM_EXAMPLES + _HELD_OUT):
        path = folder.parent / "unlabelled" / f"{position:04d}.png"
        _write(digits.images[position], path)
        unlabelled.append(path)
    return unlabelled


def _write(pixels: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = (255 - pixels * (255 / 16)).astype(np.uint8)  # 0 to 16 in the data, dark strokes on white here
    Image.fromarray(grey).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC).save(path)
