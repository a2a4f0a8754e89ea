"""From the input cells of a row to an item: a text, an image by path, bytes or pixels, or a recording."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from injerto.core.errors import DataError
from injerto.core.paths import is_inside
from injerto.data.items import AbstractItem, ImageArray, ImageCell, ImageFile, ImageObject, Text
from injerto.data.recordings import RecordingArray, RecordingBytes, RecordingFile
from injerto.data.table import Table, is_missing

MAX_CHARACTERS: Final = 100_000
"""Longer texts are cut: models read a few thousand characters, and tokenizers take very long on a million."""


def read_text(cells: Sequence[Any], *, where: str) -> Text:
    """The cells joined by a space, for titles and descriptions kept apart; raises `DataError` when nothing is left."""
    parts = []
    for cell in cells:
        if is_missing(cell):
            continue
        if isinstance(cell, np.generic):
            cell = cell.item()
        if not isinstance(cell, str | int | float):
            raise DataError("text-not-text", where=where, kind=type(cell).__name__)
        # A lone surrogate (JSON may hold one) cannot be encoded, neither for a tokenizer nor for a file.
        parts.append(str(cell).strip().encode("utf-8", "replace").decode("utf-8"))
    if not parts:
        raise DataError("text-empty", where=where)
    return Text(" ".join(parts)[:MAX_CHARACTERS])


def read_image(table: Table, column: str, row: int, *, where: str) -> AbstractItem:
    """The item for one image cell. Nothing is decoded; paths are resolved and must stay in the table's folder."""
    cell = table.columns[column][row]
    if isinstance(cell, dict) and not cell.get("bytes"):
        cell = cell.get("path")
    if isinstance(cell, dict | bytes):
        return ImageCell(table.columns[column], row, where)
    if isinstance(cell, Image.Image):
        return ImageObject(cell, where)
    if isinstance(cell, np.ndarray):
        return ImageArray(cell, where)
    if is_missing(cell) or not isinstance(cell, str | Path):
        raise DataError("image-path-empty", where=where)
    return ImageFile(_find(str(cell).strip(), table.folder, where))


def read_recording(
    table: Table, column: str, row: int, *, where: str, start: float | None = None, end: float | None = None
) -> AbstractItem:
    """The item for one cell of recordings. Nothing is decoded; paths must stay in the table's folder."""
    cell = table.columns[column][row]
    if isinstance(cell, dict) and cell.get("array") is not None:
        return RecordingArray(np.asarray(cell["array"]), int(cell["sampling_rate"]), where)
    if isinstance(cell, dict):
        cell = cell.get("bytes") or cell.get("path")
    if isinstance(cell, bytes):
        return RecordingBytes(cell, where)
    if is_missing(cell) or not isinstance(cell, str | Path):
        raise DataError("sound-path-empty", where=where)
    return RecordingFile(_find(str(cell).strip(), table.folder, where), start, end)


def _find(name: str, folder: Path | None, where: str) -> Path:
    if folder is None:
        return Path(name)
    if "\0" in name:
        raise DataError("row-nul", where=where)
    path = folder / name
    if "\\" in name and not path.exists():
        # Written on Windows. A name that really holds a backslash was found above.
        path = folder / name.replace("\\", "/")
    if not is_inside(path, folder):
        raise DataError("image-path-outside", where=where, path=name, root=folder)
    return path
