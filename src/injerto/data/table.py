"""A table in memory, whatever file or object it came from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, final, overload

from injerto.core.survey import Problem, Split
from injerto.data.draft import Fault

Cells: TypeAlias = Sequence[Any]
"""One column: text, numbers, lists, bytes, images or None."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Named columns of equal length."""

    source: str
    columns: dict[str, Cells]
    where: Callable[[int], str]
    """What messages call a row: file and line, or a row number."""
    folder: Path | None = None
    """Image paths are relative to it and must stay inside; None for objects, whose paths are the user's own."""
    label_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Class names of the columns that hold class numbers."""
    split: Split | None = None
    """The split that the whole table is."""
    faults: tuple[Fault, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


@final
class FetchedCells(Sequence[Any]):
    """A column that is fetched cell by cell: a memory-mapped or compressed one stays where it is."""

    def __init__(self, length: int, fetch: Callable[[int], Any]) -> None:
        self._length = length
        self._fetch = fetch

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self._fetch(row) for row in range(*index.indices(self._length))]
        return self._fetch(index)

    def __iter__(self) -> Iterator[Any]:
        return (self._fetch(row) for row in range(self._length))


def is_missing(cell: object) -> bool:
    """Whether a cell holds nothing: None, NaN, pandas' NA or NaT, or white space."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(cell, str):
        return not cell.strip()
    # NaN is the one float that differs from itself.
    return isinstance(cell, float) and cell != cell


def cell_text(table: Table, column: str | None, row: int) -> str | None:
    """A cell as text; None where it is empty, or there is no such column."""
    if column is None or is_missing(cell := table.columns[column][row]):
        return None
    return str(cell).strip()


def attributes_of(table: Table, row: int, columns: Sequence[str]) -> tuple[str | None, ...]:
    """The cells of the columns that are read beside the rest."""
    return tuple(cell_text(table, name, row) for name in columns)
