"""CSV and TSV: everything is read as text, so `NA`, `None`, `null` and `007` stay what they are."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, final

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.data.csv_dialect import DELIMITERS, find_dialect
from injerto.data.draft import Fault
from injerto.data.reader import AbstractTableReader
from injerto.data.readers import readers
from injerto.data.table import Table
from injerto.data.text_encoding import is_mangled, read_text_file

if TYPE_CHECKING:
    from _csv import Reader

# The standard library's own limit, which only a process-wide call could raise.
_MAX_CELL: Final = 131_072


@readers.register
@final
class Delimited(AbstractTableReader):
    """Cells delimited by commas, tabs, semicolons or vertical bars; the first line names the columns."""

    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".tab")

    def read_table(self, path: Path) -> Table:
        text, notes = read_text_file(path)
        usual = "," if path.suffix.lower() == ".csv" else "\t"
        dialect = find_dialect(text, expected=usual)
        if dialect.delimiter != usual:
            notes += (say("data.note.delimiter", path=path, delimiter=DELIMITERS[dialect.delimiter]),)
        if not dialect.quoted:
            notes += (say("data.note.no-quoting", path=path),)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter, quoting=dialect.quoting)
        header = _read_header(reader, path)
        columns: list[list[str]] = [[] for _ in header]
        lines: list[int] = []
        faults: list[Fault] = []
        for line, row in _rows(reader, path, faults):
            where = f"{path}, line {line}"
            if (error := _row_error(row, len(header), where)) is not None:
                faults.append(Fault(error=error, where=where))
                continue
            lines.append(line)
            for column, cell in zip(columns, row, strict=True):
                column.append(cell)
        return Table(
            source=str(path),
            columns=dict(zip(header, columns, strict=True)),
            where=lambda row: f"{path}, line {lines[row]}",
            folder=path.parent,
            faults=tuple(faults),
            notes=notes,
        )


def _read_header(reader: "Reader", path: Path) -> list[str]:
    try:
        header = next((row for row in reader if row), None)
    except csv.Error as error:
        raise DataError("cell-too-long", where=f"{path}, line 1", limit=f"{_MAX_CELL:,}") from error
    if header is None:
        raise DataError("table-empty", path=path)
    names = [name.strip() or f"column {position}" for position, name in enumerate(header, start=1)]
    for name in names:
        if names.count(name) > 1:
            raise DataError("columns-duplicated", path=path, column=name)
    return names


def _rows(reader: "Reader", path: Path, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of its first line; cells beyond the limit are filed in `faults`."""
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error:
            where = f"{path}, line {line}"
            error = DataError("cell-too-long", where=where, limit=f"{_MAX_CELL:,}")
            faults.append(Fault(error=error, where=where))
            continue
        if row is None:
            return
        if row:
            yield line, row


def _row_error(row: list[str], width: int, where: str) -> DataError | None:
    if len(row) != width:
        return DataError("row-ragged", where=where, found=len(row), expected=width)
    if any("\0" in cell for cell in row):
        return DataError("row-nul", where=where)
    if any(map(is_mangled, row)):
        return DataError("row-encoding", where=where, encoding="UTF-8")
    return None
