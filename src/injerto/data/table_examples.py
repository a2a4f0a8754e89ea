"""From a table to examples: the columns are chosen once, then every row is read or becomes a fault."""

import math
from collections import Counter

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.survey import Modality, Problem, Split
from injerto.data.column_choice import ColumnChoice, choose_columns
from injerto.data.draft import Draft, Fault, ReadingOptions, make_problem
from injerto.data.input_cells import MAX_CHARACTERS, read_image, read_recording, read_text
from injerto.data.items import AbstractItem
from injerto.data.label_cells import LabelCells
from injerto.data.labelled import Example
from injerto.data.sound_columns import choose_sound_columns
from injerto.data.split_names import split_named
from injerto.data.table import Table, attributes_of, cell_text, is_missing
from injerto.data.transcripts import normalise_transcript


def draft_from_table(table: Table, options: ReadingOptions) -> Draft:
    """Read every row; raises `UsageError` where the columns are unclear, `DataError` where none can be read."""
    if not len(table):
        raise DataError("table-empty", path=table.source)
    choice = choose_sound_columns(table, options) or choose_columns(table, options)
    assert choice.label is not None  # choose_columns raised otherwise
    labels = LabelCells(
        table.columns[choice.label],
        column=choice.label,
        names=table.label_names.get(choice.label, ()),
        separator=options.label_separator,
        is_text=choice.transcribed,
    )
    draft = Draft(
        source=table.source,
        modality=choice.modality,
        faults=list(table.faults),
        multi_label=labels.multi_label,
        transcribed=choice.transcribed,
        columns=choice.roles(),
        problems=[*table.problems, *_mixed_types(table, choice)],
        notes=[*table.notes, *choice.notes],
    )
    if labels.multi_label:
        draft.notes.append(say("data.note.many-labels"))
    if labels.num_stripped:
        draft.notes.append(say("data.note.labels-stripped", count=labels.num_stripped))
    for row in range(len(table)):
        _read_row(table, choice, labels, row, draft, attributes=options.attribute_columns)
    return draft


def read_item(table: Table, choice: ColumnChoice, row: int, *, where: str) -> AbstractItem:
    """The item of one row, without its label."""
    if choice.modality is Modality.IMAGE:
        return read_image(table, choice.inputs[0], row, where=where)
    if choice.modality is Modality.AUDIO:
        times = [_seconds(table, name, row, where=where) for name in (choice.start, choice.end)]
        return read_recording(table, choice.inputs[0], row, where=where, start=times[0], end=times[1])
    return read_text([table.columns[name][row] for name in choice.inputs], where=where)


def _read_row(
    table: Table, choice: ColumnChoice, labels: LabelCells, row: int, draft: Draft, *, attributes: tuple[str, ...]
) -> None:
    where = table.where(row)
    known: tuple[str, ...] = ()
    try:
        known = labels.read(row, where=where)
        if choice.transcribed:
            known = (normalise_transcript(known[0], where=where),)
        item = read_item(table, choice, row, where=where)
    except DataError as error:
        if error.key == "image-path-outside":
            raise  # No slip of the pen but a table that reaches for other files: never skipped.
        draft.faults.append(Fault(error=error, where=where, labels=known))
        return
    draft.examples.append(
        Example(
            item=item,
            labels=known,
            where=where,
            group=cell_text(table, choice.group, row),
            split=_split(table, choice, row),
            attributes=attributes_of(table, row, attributes),
        )
    )
    if choice.modality is Modality.TEXT:
        num_characters = sum(len(str(table.columns[name][row])) for name in choice.inputs)
        if num_characters > MAX_CHARACTERS:
            what = say("data.problem.text-long", num_characters=num_characters)
            draft.problems.append(make_problem("text-long", where, what, "cut", limit=MAX_CHARACTERS))


def _seconds(table: Table, column: str | None, row: int, *, where: str) -> float | None:
    cell = cell_text(table, column, row)
    try:
        seconds = None if cell is None else float(cell)
    except ValueError as error:
        raise DataError("time-not-seconds", where=where, column=column, value=cell) from error
    if seconds is not None and not 0 <= seconds < math.inf:
        raise DataError("time-not-seconds", where=where, column=column, value=cell)
    return seconds


def _split(table: Table, choice: ColumnChoice, row: int) -> Split | None:
    return table.split if choice.split is None else split_named(str(table.columns[choice.split][row]))


def _mixed_types(table: Table, choice: ColumnChoice) -> list[Problem]:
    """Columns whose cells are of several types, such as text and numbers: often a slip of an export."""
    found = []
    names = (*choice.inputs, choice.label) if choice.modality is Modality.TEXT else (choice.label,)
    for name in names:
        if name is None:
            continue
        kinds = Counter(type(cell).__name__ for cell in table.columns[name] if not is_missing(cell))
        if len(kinds) > 1:
            types = ", ".join(f"{kind} ({count})" for kind, count in kinds.most_common())
            what = say("data.problem.mixed-types", column=name, types=types)
            found.append(make_problem("mixed-types", table.source, what, "kept"))
    return found
