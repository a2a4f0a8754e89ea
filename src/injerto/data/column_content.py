"""What a column seems to hold, judged from its first cells."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np
from PIL import Image

from injerto.data.image_formats import REFUSED_SUFFIXES, SUFFIXES
from injerto.data.table import is_missing

_SAMPLE: Final = 200


def looks_like_image(cell: object) -> bool:
    """Whether a cell is an image, an encoded image, or the path of one."""
    if isinstance(cell, str):
        suffix = PurePosixPath(cell.strip().replace("\\", "/")).suffix.lower()
        return (suffix in SUFFIXES or suffix in REFUSED_SUFFIXES) and "\n" not in cell
    if isinstance(cell, dict):
        return bool({"bytes", "path"} & set(cell))
    return isinstance(cell, bytes | Path | Image.Image) or (isinstance(cell, np.ndarray) and cell.ndim in (2, 3))


def holds_images(cells: Sequence[Any]) -> bool:
    """Whether nine of ten cells of the first two hundred look like images."""
    sample = [cell for cell in cells[:_SAMPLE] if not is_missing(cell)]
    return bool(sample) and sum(map(looks_like_image, sample)) >= 0.9 * len(sample)


def input_score(cells: Sequence[Any]) -> float:
    """How much a column looks like an input rather than a label: images first, else the mean length of its text."""
    if holds_images(cells):
        return float("inf")
    lengths = [len(cell) for cell in cells[:_SAMPLE] if isinstance(cell, str)]
    return sum(lengths) / len(lengths) if lengths else 0.0
