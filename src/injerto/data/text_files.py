"""A text that is a whole file, as in a folder of `.txt` files per class."""

from pathlib import Path

from injerto.core.errors import DataError
from injerto.data.input_cells import read_text
from injerto.data.items import Text
from injerto.data.text_encoding import is_mangled, read_text_file


def read_whole_file(path: Path) -> tuple[Text, int, tuple[str, ...]]:
    """The text of a file, its length before it was cut, and notes on its encoding.

    Raises `DataError` when it cannot be read, is empty, or is in no encoding that is told for sure.
    """
    content, notes = read_text_file(path)
    if is_mangled(content):
        raise DataError("row-encoding", where=path, encoding="UTF-8")
    return read_text([content], where=str(path)), len(content), notes
