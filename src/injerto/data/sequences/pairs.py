"""Pairs of texts to translate: a table with a column for each side, or two files whose lines belong together."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from injerto.core.errors import DataError, UsageError
from injerto.core.languages import language_code
from injerto.core.messages import say
from injerto.core.sequences import SequenceOptions
from injerto.core.survey import Modality, Split
from injerto.data.column_choice import check_columns
from injerto.data.draft import Draft, Fault, join_names
from injerto.data.folders import list_folder
from injerto.data.labelled import Example
from injerto.data.locating import locate
from injerto.data.readers import find_table_reader
from injerto.data.sequences.items import Pair
from injerto.data.split_names import split_named
from injerto.data.table import Table, attributes_of, is_missing
from injerto.data.text_encoding import is_mangled, read_text_file

_SOURCE_NAMES: Final = ("source", "src", "source_text", "from")
_TARGET_NAMES: Final = ("target", "tgt", "target_text", "to", "translation")


def read_pairs(source: Any, options: SequenceOptions) -> tuple[Draft, SequenceOptions]:
    """Pairs of texts, and the options with the languages that the data name.

    A table has a column for each side, named by the options, after the languages, or `source` and `target`; a table of
    two columns whose first line names neither is read from its first line on. A folder holds tables, or files such as
    `train.en` and `train.es`, named after splits. One file with `target_file` is two aligned files. From Python also
    a list of pairs.

    Raises:
        DataError: files of different length, or nothing to read.
        UsageError: the sides are not clear.
    """
    source = locate(source)
    draft = Draft(source=str(source), modality=Modality.TEXT)
    if isinstance(source, list | tuple):
        draft.source = "list"
        for number, pair in enumerate(source, start=1):
            sides = pair if isinstance(pair, list | tuple) and len(pair) == 2 else (None, None)
            _add(sides[0], sides[1], f"pair {number}", None, draft)
    elif not isinstance(source, Path):
        raise UsageError("source-type", kind=f"{type(source).__module__}.{type(source).__name__}")
    elif options.target_file is not None:
        target = locate(options.target_file)
        options = _languages_of(options, source.suffix, target.suffix)
        for asked, path in ((options.source_language, source), (options.target_language, target)):
            own = language_code(path.suffix.lstrip("."))
            if own is not None and language_code(str(asked)) != own:
                raise UsageError("language-other-file", language=asked, path=path)
        _read_aligned(source, target, split_named(source.stem), draft)
    elif source.is_dir():
        options = _read_folder(source, options, draft)
    else:
        options = _read_file(source, None, options, draft)
    if not draft.examples:
        if draft.faults:
            raise draft.faults[0].error
        raise DataError("no-pairs", source=draft.source)
    return draft, options


def _read_folder(folder: Path, options: SequenceOptions, draft: Draft) -> SequenceOptions:
    listing = list_folder(folder)
    files = [*listing.texts, *listing.others]
    tables = [path for path in files if find_table_reader(path) is not None]
    if tables:
        named = [path for path in tables if split_named(path.stem)]
        if len(tables) > 1 and len(named) < len(tables):
            raise DataError("tables-unclear", path=folder, names=join_names([path.name for path in tables]))
        for path in tables:
            options = _read_file(path, split_named(path.stem), options, draft)
        return options
    sides: dict[str, dict[str, Path]] = {}
    for path in files:
        code = language_code(path.suffix.lstrip("."))
        if code is not None:
            sides.setdefault(path.stem, {})[code] = path
    codes = sorted({code for found in sides.values() for code in found})
    if not codes:
        raise DataError("no-pairs", source=folder)
    wanted = (options.source_language, options.target_language)
    if len(codes) == 2 and None in wanted and any(wanted):
        known = language_code(wanted[0] or wanted[1] or "")
        other = next((code for code in codes if code != known), None)
        wanted = (known, other) if wanted[0] else (other, known)
    if None in wanted or any(language_code(str(code)) not in codes for code in wanted):
        raise UsageError("languages-unclear", source=folder, names=join_names(codes) or "–")
    first, second = (str(language_code(str(code))) for code in wanted)
    for stem, found in sorted(sides.items()):
        if first in found and second in found:
            _read_aligned(found[first], found[second], split_named(stem), draft)
    return options.model_copy(update={"source_language": first, "target_language": second})


def _read_file(path: Path, split: Split | None, options: SequenceOptions, draft: Draft) -> SequenceOptions:
    reader = find_table_reader(path)
    if reader is None:
        raise UsageError("pairs-one-file", path=path)
    table = _expanded(reader.read_table(path))
    draft.faults += table.faults
    draft.notes += table.notes
    source, target = _sides(table, options)
    first_line: list[tuple[str, str]] = []
    if source is None or target is None:
        if len(table.names) != 2 or path.suffix.lower() not in (".tsv", ".csv", ".tab"):
            raise UsageError("sides-unclear", source=path, names=join_names(list(table.names)))
        source, target = table.names
        first_line = [(source, target)]
        draft.notes.append(say("language.headless", path=path))
    draft.columns = {source: "source", target: "target"}
    if not first_line:
        options = _languages_of(options, source, target)
    split_column = next((name for name in table.names if name.lower() == "split"), None)
    for sides in first_line:
        _add(*sides, f"{path}, line 1", split, draft)
    check_columns(table, options.attribute_columns)
    for row in range(len(table)):
        own = split if split_column is None else split_named(str(table.columns[split_column][row]))
        beside = attributes_of(table, row, options.attribute_columns)
        _add(table.columns[source][row], table.columns[target][row], table.where(row), own, draft, beside)
    return options


def _expanded(table: Table) -> Table:
    """A column `translation` of objects such as `{"en": …, "es": …}` as a column for each language."""
    cells = table.columns.get("translation", ())
    if not cells or not all(isinstance(cell, dict) for cell in cells):
        return table
    names = dict.fromkeys(name for cell in cells for name in cell)
    columns = {name: [cell.get(name) for cell in cells] for name in names}
    return replace(table, columns={**columns, **{n: c for n, c in table.columns.items() if n != "translation"}})


def _sides(table: Table, options: SequenceOptions) -> tuple[str | None, str | None]:
    check_columns(table, [name for name in (options.source_column, options.target_column) if name is not None])
    by_code: Mapping[str, str] = {
        code: name for name in reversed(table.names) if (code := language_code(name)) is not None
    }
    lowered = {name.lower(): name for name in reversed(table.names)}

    def find(column: str | None, language: str | None, usual: tuple[str, ...]) -> str | None:
        if column is not None:
            return column
        if language is not None and (code := language_code(language)) in by_code:
            return by_code[str(code)]
        return next((lowered[name] for name in usual if name in lowered), None)

    source = find(options.source_column, options.source_language, _SOURCE_NAMES)
    target = find(options.target_column, options.target_language, _TARGET_NAMES)
    if len(by_code) == 2 and len(table.names) == 2:
        # Two columns named after languages: one side settles the other, and none means the order of the columns.
        first, second = table.names
        for asked in (options.source_language, options.target_language):
            if asked is not None and language_code(asked) not in by_code and options.source_column is None:
                raise UsageError("language-no-column", language=asked, names=join_names([first, second]))
        if source is None and target is None:
            return first, second
        if source is None and target is not None:
            source = second if target == first else first
        if target is None and source is not None:
            target = second if source == first else first
    if source is not None and source == target:
        raise UsageError("sides-equal", column=source)
    return source, target


def _read_aligned(source: Path, target: Path, split: Split | None, draft: Draft) -> None:
    """Line by line; both files have the same number of lines, or nothing is read: a shift would spoil every pair."""
    sides: list[list[str]] = []
    for path in (source, target):
        text, notes = read_text_file(path)
        draft.notes += notes
        lines = text.split("\n")
        sides.append(lines[:-1] if lines and not lines[-1] else lines)
    if len(sides[0]) != len(sides[1]):
        raise DataError(
            "files-misaligned", source=source, target=target, num_source=len(sides[0]), num_target=len(sides[1])
        )
    for number, (one, other) in enumerate(zip(*sides, strict=True), start=1):
        if not one.strip() and not other.strip():
            continue  # An empty line on both sides separates documents.
        _add(one, other, f"{source}, line {number}", split, draft)


def _languages_of(options: SequenceOptions, source: str, target: str) -> SequenceOptions:
    """The languages that names of columns or file endings say, where the user said none."""
    found = {
        "source_language": options.source_language or language_code(source.lstrip(".")),
        "target_language": options.target_language or language_code(target.lstrip(".")),
    }
    return options.model_copy(update=found)


def _add(
    source: object,
    target: object,
    where: str,
    split: Split | None,
    draft: Draft,
    attributes: tuple[str | None, ...] = (),
) -> None:
    try:
        sides = [_side(cell, where, role) for cell, role in ((source, "source"), (target, "target"))]
    except DataError as error:
        draft.faults.append(Fault(error=error, where=where))
        return
    # Sentences with one source stay in one split: to know one translation of it is to know the others' half.
    draft.examples.append(
        Example(
            item=Pair(*sides),
            labels=(),
            where=where,
            group=" ".join(sides[0].lower().split()),
            split=split,
            attributes=attributes,
        )
    )


def _side(cell: object, where: str, role: str) -> str:
    if is_missing(cell):
        raise DataError("side-empty", where=where, role=role)
    if not isinstance(cell, str | int | float):
        raise DataError("text-not-text", where=where, kind=type(cell).__name__)
    if is_mangled(str(cell)):
        raise DataError("row-encoding", where=where, encoding="UTF-8")
    return " ".join(str(cell).split())
