"""JSON Lines: one object a line; also a JSON file that is one list of objects."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, final

from injerto.core.errors import DataError
from injerto.data.draft import Fault
from injerto.data.reader import AbstractTableReader
from injerto.data.readers import readers
from injerto.data.table import Table
from injerto.data.text_encoding import is_mangled, read_text_file


@readers.register
@final
class JsonLines(AbstractTableReader):
    """Field names become columns; a field that an object lacks is missing."""

    suffixes: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson", ".json")

    def read_table(self, path: Path) -> Table:
        text, notes = read_text_file(path)
        faults: list[Fault] = []
        wheres: list[str] = []
        records: list[dict[str, Any]] = []
        for where, value in _values(text, path, faults):
            if isinstance(value, dict):
                wheres.append(where)
                records.append(value)
            else:
                faults.append(Fault(error=DataError("row-not-object", where=where), where=where))
        if not records and faults:
            raise faults[0].error
        names = dict.fromkeys(name for record in records for name in record)
        return Table(
            source=str(path),
            columns={name: [record.get(name) for record in records] for name in names},
            where=wheres.__getitem__,
            folder=path.parent,
            faults=tuple(faults),
            notes=notes,
        )


def _values(text: str, path: Path, faults: list[Fault]) -> Iterator[tuple[str, object]]:
    """Each value with its place; what is not JSON is filed in `faults`."""
    if path.suffix.lower() == ".json" and text.lstrip().startswith("["):
        for position, value in enumerate(_parse_list(text, path), start=1):
            yield f"{path}, item {position}", value
        return
    # Not str.splitlines: JSON strings may hold U+2028 and its like.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        if is_mangled(line):
            faults.append(Fault(error=DataError("row-encoding", where=where, encoding="UTF-8"), where=where))
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            faults.append(Fault(error=DataError("row-not-json", where=where, reason=_reason(error)), where=where))
            continue
        yield where, value


def _parse_list(text: str, path: Path) -> list[object]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError("row-not-json", where=path, reason=_reason(error)) from error
    return values if isinstance(values, list) else [values]


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
