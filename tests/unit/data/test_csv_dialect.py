"""Delimiters are judged by the shape of the rows."""

import pytest

from injerto.data.csv_dialect import Dialect, find_dialect


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiter_is_found_though_sentences_hold_commas(delimiter: str) -> None:
    rows = [f"text{delimiter}label", *(f'"one, two; three {i}"{delimiter}yes' for i in range(20))]
    assert find_dialect("\n".join(rows)).delimiter == delimiter


def test_single_column_keeps_the_expected_delimiter() -> None:
    assert find_dialect("text\nhello\nthere", expected="\t") == Dialect(delimiter="\t")


def test_decimal_commas_in_a_semicolon_table_do_not_mislead() -> None:
    assert find_dialect("text;score;label\n" + "good;1,5;a\n" * 20).delimiter == ";"


def test_line_breaks_in_quoted_cells_do_not_mislead() -> None:
    assert find_dialect("text;label\n" + '"one,\ntwo";a\n' * 20).delimiter == ";"


def test_tabs_with_lone_quotation_marks_are_not_quoted() -> None:
    assert not find_dialect('text\tlabel\n"Hello, he said\tyes\nbye\tno\n').quoted
    assert not find_dialect('text\tlabel\n"Hello\tyes\n"Bye\tno\n').quoted
    assert find_dialect('text\tlabel\n"Hello"\tyes\n').quoted
    assert find_dialect('text\tlabel\n"Hello\nyou"\tyes\n').quoted
