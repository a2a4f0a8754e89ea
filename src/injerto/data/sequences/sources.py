"""What is to be translated or gone on with: one text a line of a file, or a column of a table."""

from pathlib import Path

from injerto.core.errors import DataError, UsageError
from injerto.core.languages import language_code
from injerto.data.column_choice import check_columns
from injerto.data.draft import join_names
from injerto.data.locating import locate
from injerto.data.readers import find_table_reader
from injerto.data.table import is_missing
from injerto.data.text_encoding import is_mangled, read_text_file


def read_sources(path: Path, *, column: str | None = None, language: str | None = None) -> list[str]:
    """Texts in order; an empty line or cell is an empty text, so that answers stay in step with their lines.

    Of a table, `column`; else the one that is named after `language`, or has a usual name, or is the only one.

    Raises:
        DataError: the file is missing or cannot be read as text.
        UsageError: the column is not there, or not clear.
    """
    located = locate(path)
    reader = find_table_reader(located)
    if reader is not None:
        table = reader.read_table(located)
        if table.faults:
            raise table.faults[0].error
        names = list(table.names)
        usual = [name for name in names if name.lower() in ("source", "src", "text", "prompt", "sentence")]
        code = language_code(language or "")
        spoken = [name for name in names if code is not None and language_code(name) == code]
        chosen = column or next(iter([*spoken, *usual]), names[0] if len(names) == 1 else None)
        if chosen is None:
            raise UsageError("no-text-column", source=path, names=join_names(names))
        check_columns(table, [chosen])
        return ["" if is_missing(value) else str(value) for value in table.columns[chosen]]
    text, _ = read_text_file(located)
    if is_mangled(text):
        raise DataError("row-encoding", where=str(path), encoding="UTF-8")
    lines = text.split("\n")
    return lines[:-1] if lines and not lines[-1] else lines
