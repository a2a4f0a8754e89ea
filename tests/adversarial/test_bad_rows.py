"""Single rows of tables that cannot be used: skipped, with their line."""

import json
from pathlib import Path

import pytest
from bad_data import make_rows, only_problem, write_table

from injerto.core.errors import DataError
from injerto.data.reading import read_data


@pytest.mark.parametrize(
    ("row", "key", "says"),
    [
        ("one,two,three", "row-ragged", "3 cells where the header has 2"),
        ("lonely", "row-ragged", "1 cells where the header has 2"),
        ("a\0b,yes", "row-nul", "NUL byte"),
        (",yes", "text-empty", "text of"),
        ("   ,yes", "text-empty", "empty"),
        ("a text without label,", "label-missing", "missing"),
        ("a text without label,  ", "label-missing", "missing"),
        ("x" * 200_000 + ",yes", "cell-too-long", "131,072"),
    ],
)
def test_bad_row_of_a_table_is_skipped_with_its_line(row: str, key: str, says: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.csv", [*make_rows(10), row, *make_rows(10)])
    data = read_data(path)
    problem = only_problem(data.problems, key)
    assert len(data) == 20
    assert problem.where == f"{path}, line 12"
    assert says in problem.what
    with pytest.raises(DataError, match="line 12") as caught:
        read_data(path, on_bad="stop")
    assert caught.value.key == key


def test_line_numbers_count_the_lines_of_cells_with_line_breaks(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.csv", ['"two\nlines",yes', *make_rows(9), ",no"])
    assert only_problem(read_data(path).problems, "text-empty").where == f"{path}, line 13"


def test_row_in_another_encoding_than_the_rest_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    text = "text,label\n" + "\n".join(f"señal número {i},{'sí' if i % 2 else 'no'}" for i in range(10))
    path.write_bytes(text.encode("utf-8") + "\nniño,no\n".encode("latin-1"))
    problem = only_problem(read_data(path).problems, "row-encoding")
    assert problem.where == f"{path}, line 12"
    assert "not valid UTF-8, though other rows are" in problem.what


@pytest.mark.parametrize(
    ("line", "key", "says"),
    [
        ('{"text": "cut', "row-not-json", "Unterminated string"),
        ('["a", "b"]', "row-not-object", "not an object"),
        ("[" * 100_000, "row-not-json", "nested too deeply"),
        ('{"text": "no label"}', "label-missing", "missing"),
        ('{"text": "null label", "label": null}', "label-missing", "missing"),
        ('{"text": "nan label", "label": NaN}', "label-missing", "missing"),
        ('{"text": "odd label", "label": {"a": 1}}', "label-not-text", "dict"),
        ('{"text": ["a"], "label": "yes"}', "text-not-text", "list"),
        ('{"text": null, "label": "yes"}', "text-empty", "empty"),
    ],
)
def test_bad_line_of_json_lines_is_skipped_with_its_number(line: str, key: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    good = [json.dumps({"text": f"sentence {i}", "label": "yes" if i % 2 else "no"}) for i in range(10)]
    path.write_text("\n".join([*good[:5], line, *good[5:]]), encoding="utf-8")
    data = read_data(path)
    problem = only_problem(data.problems, key)
    assert len(data) == 10
    assert problem.where == f"{path}, line 6"
    assert says in problem.what
