"""The data formats, one file each; the file name is the format's name."""

from pathlib import Path
from typing import Final

from injerto.core.registry import Registry
from injerto.data.reader import AbstractReader, AbstractTableReader, Match

readers: Final[Registry[type[AbstractReader]]] = Registry("injerto.data.readers", "data format")


def find_reader(source: object) -> AbstractReader | None:
    """The reader that is surest of a source, or None where no format fits."""
    candidates = [readers.get(name)() for name in readers.names()]
    match, surest = max(((reader.match(source), reader) for reader in candidates), key=lambda pair: pair[0])
    return surest if match is not Match.NO else None


def find_table_reader(path: Path) -> AbstractTableReader | None:
    """The reader of a table file, or None where `path` is none."""
    reader = find_reader(path)
    return reader if isinstance(reader, AbstractTableReader) else None
