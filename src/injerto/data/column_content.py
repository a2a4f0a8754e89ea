"""What a column seems to hold, judged from its first cells."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np
from PIL import Image

from injerto.data.image_formats import REFUSED_SUFFIXES, SUFFIXES
from injerto.data.sound_formats import REFUSED_SOUND_SUFFIXES, SOUND_SUFFIXES, looks_like_sound_file
from injerto.data.table import is_missing

_SAMPLE: Final = 200
_SOUNDS: Final = SOUND_SUFFIXES | REFUSED_SOUND_SUFFIXES


def looks_like_image(cell: object) -> bool:
    """Whether a cell is an image, an encoded image, or the path of one."""
    if isinstance(cell, str):
        suffix = PurePosixPath(cell.strip().replace("\\", "/")).suffix.lower()
        return (suffix in SUFFIXES or suffix in REFUSED_SUFFIXES) and "\n" not in cell
    if isinstance(cell, dict):
        return bool({"bytes", "path"} & set(cell))
    return isinstance(cell, bytes | Path | Image.Image) or (isinstance(cell, np.ndarray) and cell.ndim in (2, 3))


def looks_like_sound(cell: object) -> bool:
    """Whether a cell is the path of a recording, an encoded or a decoded one as Hugging Face data sets hold it."""
    if isinstance(cell, str | Path):
        return PurePosixPath(str(cell).strip().replace("\\", "/")).suffix.lower() in _SOUNDS
    if isinstance(cell, dict):
        return {"array", "sampling_rate"} <= set(cell) or looks_like_sound(cell.get("path"))
    return isinstance(cell, bytes) and looks_like_sound_file(cell[:12])


def holds_sounds(cells: Sequence[Any]) -> bool:
    """Whether nine of ten cells of the first two hundred look like recordings."""
    sample = [cell for cell in cells[:_SAMPLE] if not is_missing(cell)]
    return bool(sample) and sum(map(looks_like_sound, sample)) >= 0.9 * len(sample)


def holds_images(cells: Sequence[Any]) -> bool:
    """Whether nine of ten cells of the first two hundred look like images."""
    sample = [cell for cell in cells[:_SAMPLE] if not is_missing(cell) and not looks_like_sound(cell)]
    num_known = sum(not is_missing(cell) for cell in cells[:_SAMPLE])
    return bool(sample) and sum(map(looks_like_image, sample)) >= 0.9 * num_known


def input_score(cells: Sequence[Any]) -> float:
    """How much a column looks like an input rather than a label: images and sounds first, else by length."""
    if holds_images(cells) or holds_sounds(cells):
        return float("inf")
    lengths = [len(cell) for cell in cells[:_SAMPLE] if isinstance(cell, str)]
    return sum(lengths) / len(lengths) if lengths else 0.0
