"""Which columns are found by themselves, and which need the user's word."""

from typing import Any

import pytest

from injerto.core.errors import UsageError
from injerto.core.survey import Modality
from injerto.data.column_choice import choose_columns
from injerto.data.column_content import looks_like_image
from injerto.data.draft import ReadingOptions
from injerto.data.table import Table

_LONG = ["a rather long sentence", "and one more of them", "that is enough now"]
_SHORT = ["x", "y", "x"]
_PATHS = ["a/1.jpg", "a/2.JPG", "b/3.png"]


def _table(**columns: list[Any]) -> Table:
    return Table(source="t.csv", columns=dict(columns), where=lambda row: f"row {row + 1}")


@pytest.mark.parametrize(
    ("columns", "inputs", "label"),
    [
        ({"text": _LONG, "label": _SHORT}, "text", "label"),
        ({"Review": _LONG, "Sentiment": _SHORT}, "Review", "Sentiment"),
        ({"label": _SHORT, "tweet": _LONG, "id": _SHORT}, "tweet", "label"),
        ({"text": _LONG, "title": _LONG, "label": _SHORT}, "text", "label"),
        ({"text": _LONG, "label": _SHORT, "topic": _SHORT}, "text", "label"),
        ({"file": _PATHS, "class": _SHORT}, "file", "class"),
        ({"image_path": _PATHS, "label": _SHORT, "text_id": _SHORT}, "image_path", "label"),
        ({"oracion": _LONG, "etiqueta": _SHORT}, "oracion", "etiqueta"),
        ({"foo": _LONG, "bar": _SHORT}, "foo", "bar"),
        ({"bar": _SHORT, "foo": _LONG}, "foo", "bar"),
        ({"foo": _PATHS, "bar": _LONG}, "foo", "bar"),
        ({"foo": _LONG, "label": _SHORT}, "foo", "label"),
        ({"text": _LONG, "bar": _SHORT}, "text", "bar"),
        ({"file": _LONG, "label": _SHORT}, "file", "label"),
    ],
)
def test_columns_are_found_by_name_or_content(columns: dict[str, list[Any]], inputs: str, label: str) -> None:
    choice = choose_columns(_table(**columns), ReadingOptions())
    assert (choice.inputs, choice.label) == ((inputs,), label)
    assert choice.modality is (Modality.IMAGE if columns[inputs] is _PATHS else Modality.TEXT)


def test_group_and_split_columns_are_found() -> None:
    table = _table(text=_LONG, label=_SHORT, Patient=_SHORT, split=["train", "dev", "prueba"])
    choice = choose_columns(table, ReadingOptions())
    assert (choice.group, choice.split) == ("Patient", "split")
    assert choice.roles() == {"text": "text", "label": "label", "Patient": "group", "split": "split"}


def test_split_column_with_other_values_is_left_alone_and_noted() -> None:
    choice = choose_columns(_table(text=_LONG, label=_SHORT, split=["1", "2", "3"]), ReadingOptions())
    assert choice.split is None
    assert "not used as split: it holds 1" in choice.notes[0]


def test_several_text_columns_are_joined_only_when_named() -> None:
    table = _table(title=_LONG, description=_LONG, label=_SHORT)
    with pytest.raises(UsageError, match="--text-column title,description to join two"):
        choose_columns(table, ReadingOptions())
    named = choose_columns(table, ReadingOptions(text_columns=("title", "description")))
    assert named.inputs == ("title", "description")


def test_two_columns_of_like_length_are_not_guessed() -> None:
    with pytest.raises(UsageError, match="--text-column or --image-column, and --label-column"):
        choose_columns(_table(foo=_LONG, bar=[*_LONG[1:], "more"]), ReadingOptions())


def test_task_settles_what_a_table_of_both_kinds_holds() -> None:
    table = _table(text=_LONG, image=_PATHS, label=_SHORT)
    with pytest.raises(UsageError, match=r"a text column .text. and an image column .image."):
        choose_columns(table, ReadingOptions())
    assert choose_columns(table, ReadingOptions(modality=Modality.IMAGE)).inputs == ("image",)
    assert choose_columns(table, ReadingOptions(modality=Modality.TEXT)).inputs == ("text",)


def test_unlabelled_table_needs_no_label_column() -> None:
    choice = choose_columns(_table(foo=_LONG), ReadingOptions(), labelled=False)
    assert (choice.inputs, choice.label) == (("foo",), None)
    assert choose_columns(_table(foo=_LONG, label=_SHORT), ReadingOptions(), labelled=False).inputs == ("foo",)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("a/b.JPG", True), ("c:\\x\\y.png", True), ("a.heic", True), ("a.txt", False), ("see photo.", False), (3, False)],
)
def test_image_cells_are_recognised(cell: object, expected: bool) -> None:
    assert looks_like_image(cell) is expected
