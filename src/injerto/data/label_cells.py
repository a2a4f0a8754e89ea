"""From the cell of a label column to label names. Lists are many labels; a separator counts only when asked for."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final, final

import numpy as np

from injerto.core.errors import DataError
from injerto.data.table import is_missing

_NUMBER: Final = re.compile(r"[+-]?\d+\.\d*[eE]?[+-]?\d*")


@final
class LabelCells:
    """How one column's cells become labels.

    Text keeps every character but outer white space: `NA`, `None`, `007` and `1.0` are names. Numbers become text,
    whole ones without a decimal point. A list, or text that is a JSON list, is many labels.
    """

    def __init__(
        self,
        cells: Sequence[Any],
        *,
        column: str,
        names: Sequence[str] = (),
        separator: str | None = None,
        is_text: bool = False,
    ) -> None:
        self._cells = cells
        self._names = names
        self._separator = separator
        self._is_text = is_text
        if not is_text:
            self._check_not_continuous(column)
        self.multi_label = not is_text and (separator is not None or any(_as_list(cell) is not None for cell in cells))
        self.num_stripped = sum(isinstance(cell, str) and cell != cell.strip() for cell in cells)

    def read(self, row: int, *, where: str) -> tuple[str, ...]:
        """The labels of a row, in the order given and without repetition; raises `DataError` naming the row."""
        cell = self._cells[row]
        if self._is_text and not is_missing(cell):
            parts = [cell]
        elif (several := _as_list(cell)) is not None:
            parts = several
        elif is_missing(cell):
            raise DataError("label-missing", where=where)
        elif self._separator is not None and isinstance(cell, str):
            parts = [part for part in cell.split(self._separator) if part.strip()]
        else:
            parts = [cell]
        return tuple(dict.fromkeys(self._name(part, where) for part in parts))

    def _name(self, value: object, where: str) -> str:
        if isinstance(value, np.generic):
            value = value.item()
        if is_missing(value):
            raise DataError("label-missing", where=where)
        if isinstance(value, str):
            return value.strip()
        if not isinstance(value, int | float):
            raise DataError("label-not-text", where=where, kind=type(value).__name__)
        if self._names and not isinstance(value, bool):
            return self._class_name(value, where)
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    def _class_name(self, value: float, where: str) -> str:
        if value == -1:  # Hugging Face writes -1 for the hidden labels of a test set.
            raise DataError("label-missing", where=where)
        if not (float(value).is_integer() and 0 <= value < len(self._names)):
            raise DataError(
                "label-number-unnamed",
                where=where,
                value=value,
                num_names=len(self._names),
                last=len(self._names) - 1,
            )
        return self._names[int(value)].strip()

    def _check_not_continuous(self, column: str) -> None:
        """Refuse a column of many different fractions, given as numbers or as text."""
        present = [cell for cell in self._cells if not is_missing(cell)]
        fractions = {str(cell) for cell in present if _is_fraction(cell)}
        if len(fractions) > 10 and 2 * sum(map(_is_fraction, present)) > len(present):
            raise DataError("labels-continuous", column=column, example=min(fractions))


def _is_fraction(cell: object) -> bool:
    if isinstance(cell, np.generic):
        cell = cell.item()
    if isinstance(cell, str):
        return _NUMBER.fullmatch(cell.strip()) is not None and not cell.strip().rstrip("0").endswith(".")
    return isinstance(cell, float) and not cell.is_integer()


def _as_list(cell: object) -> list[Any] | None:
    """The values of a cell that holds a list, also as JSON text; None for any other cell."""
    if isinstance(cell, list | tuple):
        return list(cell)
    if isinstance(cell, np.ndarray):
        return list(cell.ravel().tolist())
    if isinstance(cell, str) and cell.startswith("[") and cell.rstrip().endswith("]"):
        try:
            parsed = json.loads(cell)
        except (ValueError, RecursionError):
            return None  # A label may well be called "[x]".
        return parsed if isinstance(parsed, list) else None
    return None
