"""How cells become labels."""

from typing import Any

import numpy as np
import pytest

from injerto.core.errors import DataError
from injerto.data.label_cells import LabelCells


def _labels(cell: Any, **options: Any) -> tuple[str, ...]:
    return LabelCells([cell], column="label", **options).read(0, where="row 1")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (" cat ", ("cat",)),
        ("NA", ("NA",)),
        ("007", ("007",)),
        ("a|b", ("a|b",)),
        ("a;b", ("a;b",)),
        (3, ("3",)),
        (3.0, ("3",)),
        (np.int64(3), ("3",)),
        (np.float32(3), ("3",)),
        (True, ("True",)),
        (["b", "a", "b"], ("b", "a")),
        ([], ()),
        ('["a", "b"]', ("a", "b")),
        ("[a]", ("[a]",)),
        (np.array(["a", "b"]), ("a", "b")),
    ],
)
def test_cell_becomes_labels(cell: Any, expected: tuple[str, ...]) -> None:
    assert _labels(cell) == expected


def test_separator_counts_only_when_asked_for() -> None:
    assert _labels("a| b |", separator="|") == ("a", "b")
    assert LabelCells(["a"], column="label", separator="|").multi_label
    assert not LabelCells(["a|b"], column="label").multi_label


def test_class_numbers_become_names() -> None:
    assert _labels(1, names=("neg", "pos")) == ("pos",)
    assert _labels([0, 1], names=("neg", "pos")) == ("neg", "pos")
    with pytest.raises(DataError, match="row 1 is 2, but the column has 2 class names"):
        _labels(2, names=("neg", "pos"))
    with pytest.raises(DataError, match="row 1 is missing"):
        _labels(-1, names=("neg", "pos"))


@pytest.mark.parametrize("cell", [None, float("nan"), "", "  ", [None], ["a", ""]])
def test_missing_label_is_an_error_that_names_the_row(cell: Any) -> None:
    with pytest.raises(DataError, match="the label of row 1 is missing"):
        _labels(cell)


def test_whole_numbers_written_with_a_point_are_no_regression() -> None:
    assert LabelCells([f"{i}.0" for i in range(50)], column="label").read(1, where="x") == ("1.0",)
    with pytest.raises(DataError, match="regression"):
        LabelCells([i / 7 for i in range(50)], column="label")
