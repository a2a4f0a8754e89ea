"""What `predict` is given: files, folders, tables, arrays or texts, without labels."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image

from injerto.core.errors import DataError, UsageError
from injerto.core.messages import plain
from injerto.core.survey import Modality
from injerto.data.column_choice import choose_columns
from injerto.data.draft import ReadingOptions
from injerto.data.folders import list_folder, walk_folders
from injerto.data.input_cells import read_text
from injerto.data.items import AbstractItem, ImageArray, ImageBytes, ImageFile, ImageObject
from injerto.data.locating import locate
from injerto.data.readers import find_table_reader
from injerto.data.reading import column_names
from injerto.data.recordings import RecordingArray, RecordingBytes, RecordingFile
from injerto.data.sound_columns import choose_sound_columns
from injerto.data.table import Table
from injerto.data.table_examples import read_item
from injerto.data.text_encoding import is_mangled, read_text_file
from injerto.data.text_files import read_whole_file


def read_inputs(
    inputs: Sequence[Any],
    *,
    modality: Modality,
    text_column: str | Sequence[str] | None = None,
    image_column: str | None = None,
    audio_column: str | None = None,
) -> list[tuple[str, AbstractItem]]:
    """Every input with the name to print beside its prediction.

    A path to a table gives its rows, a folder its images or recordings (or its `.txt` files, each one text) at any
    depth, a `.txt` file one text a line. Another string is a path for images and recordings, and the text itself for
    texts; a pair (samples, rate) is a recording. Nothing is skipped: a row
    that cannot be read is an error, because predictions must stay in step with the rows. Images are opened only when
    the items are read.

    Raises:
        DataError: a path is missing, a folder holds no images, or a row cannot be read.
        UsageError: an input is neither an image nor a text, or the columns of a table are unclear.
    """
    options = ReadingOptions(
        modality=modality,
        text_columns=column_names(text_column) if modality is Modality.TEXT else (),
        image_column=image_column if modality is Modality.IMAGE else None,
        audio_column=audio_column if modality is Modality.AUDIO else None,
    )
    found: list[tuple[str, AbstractItem]] = []
    for number, value in enumerate(inputs, start=1):
        found += _read_one(value, f"input {number}", options)
    return found


def _read_one(value: Any, where: str, options: ReadingOptions) -> Iterator[tuple[str, AbstractItem]]:
    path = _as_path(value, options.modality)
    if path is not None and path.is_file() and (reader := find_table_reader(path)) is not None:
        return _read_table(reader.read_table(path), options)
    if options.modality is Modality.IMAGE:
        return _read_images(value if path is None else path, where)
    if options.modality is Modality.AUDIO:
        return _read_recordings(value if path is None else path, where)
    return _read_texts(value if path is None else path, where)


def _as_path(value: Any, modality: Modality | None) -> Path | None:
    """The existing path that an input is; None where it is a text or no path at all."""
    if isinstance(value, Path):
        return cast(Path, locate(value))
    if not isinstance(value, str):
        return None
    if modality is Modality.TEXT and not re.fullmatch(
        r"[^\n]{1,4000}\.(csv|tsv|tab|jsonl|ndjson|json|parquet|pq|txt)", value
    ):
        return None
    if modality is Modality.TEXT and re.search(r"\s", value) and not Path(value).is_file():
        return None  # A sentence that happens to end in the name of a file.
    return cast(Path, locate(value))


def _read_table(table: Table, options: ReadingOptions) -> Iterator[tuple[str, AbstractItem]]:
    if table.faults:
        raise table.faults[0].error
    if not len(table):
        raise DataError("table-empty", path=table.source)
    choice = choose_sound_columns(table, options, labelled=False) or choose_columns(table, options, labelled=False)
    for row in range(len(table)):
        where = table.where(row)
        item = read_item(table, choice, row, where=where)
        if isinstance(item, ImageFile) or (isinstance(item, RecordingFile) and item.start is None and item.end is None):
            yield str(item.path), item
        else:
            yield where, item


def _read_images(value: Any, where: str) -> Iterator[tuple[str, AbstractItem]]:
    if isinstance(value, Path):
        paths = _files_below(value, Modality.IMAGE) if value.is_dir() else [value]
        if not paths:
            raise DataError("folder-empty", path=value)
        yield from ((str(path), ImageFile(path)) for path in paths)
    elif isinstance(value, Image.Image):
        yield where, ImageObject(value, where)
    elif isinstance(value, np.ndarray):
        yield where, ImageArray(value, where)
    elif isinstance(value, bytes):
        yield where, ImageBytes(value, where)
    else:
        raise UsageError("input-type", where=where, kind=f"of type {type(value).__name__}")


def _read_recordings(value: Any, where: str) -> Iterator[tuple[str, AbstractItem]]:
    """Files, or pairs (samples, rate) in memory."""
    if isinstance(value, Path):
        paths = _files_below(value, Modality.AUDIO) if value.is_dir() else [value]
        if not paths:
            raise DataError("folder-no-recordings", path=value)
        yield from ((str(path), RecordingFile(path)) for path in paths)
    elif isinstance(value, bytes):
        yield where, RecordingBytes(value, where)
    elif isinstance(value, tuple) and len(value) == 2:
        samples, rate = value
        yield where, RecordingArray(np.asarray(samples), int(rate), where)
    else:
        raise UsageError("input-type", where=where, kind=f"of type {type(value).__name__}")


def _read_texts(value: Any, where: str) -> Iterator[tuple[str, AbstractItem]]:
    if isinstance(value, Path) and value.is_dir():
        paths = _files_below(value, Modality.TEXT)
        if not paths:
            raise DataError("folder-no-texts", path=value)
        yield from ((str(path), read_whole_file(path)[0]) for path in paths)
    elif isinstance(value, Path):
        if value.suffix.lower() != ".txt":
            raise DataError("format-unknown", path=value)
        text, _ = read_text_file(value)
        lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        if mangled := next((number for number, line in lines if is_mangled(line)), None):
            raise DataError("row-encoding", where=f"{value}, line {mangled}", encoding="UTF-8")
        yield from ((f"{value}, line {number}", read_text([line], where=where)) for number, line in lines)
    elif isinstance(value, str):
        yield plain(value), read_text([value], where=where)
    else:
        raise UsageError("input-type", where=where, kind=f"of type {type(value).__name__}")


def _files_below(folder: Path, modality: Modality) -> list[Path]:
    listings = [list_folder(folder), *(inner for _, inner in walk_folders(folder))]
    return [path for listing in listings for path in listing.files(modality)]
