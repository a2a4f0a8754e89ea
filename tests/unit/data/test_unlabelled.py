"""What `predict` may be given."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from injerto.core.errors import DataError, UsageError
from injerto.core.survey import Modality
from injerto.data.items import ImageFile, Text
from injerto.data.unlabelled import read_inputs


def _save(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4)).save(path)
    return path


def test_images_come_from_files_folders_arrays_and_pillow(tmp_path: Path) -> None:
    file, deep = _save(tmp_path / "b.png"), _save(tmp_path / "f" / "g" / "a.jpg")
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "PNG")
    found = read_inputs(
        [str(file), tmp_path / "f", np.zeros((4, 4, 3), np.uint8), Image.new("L", (4, 4)), stream.getvalue()],
        modality=Modality.IMAGE,
    )
    assert [name for name, _ in found] == [str(file), str(deep), "input 3", "input 4", "input 5"]
    assert all(item.digest for _, item in found)


def test_table_of_image_paths_gives_its_rows(tmp_path: Path) -> None:
    _save(tmp_path / "a.png")
    (tmp_path / "t.csv").write_text("image,label\na.png,x\na.png,y\n", encoding="utf-8")
    assert (
        read_inputs([tmp_path / "t.csv"], modality=Modality.IMAGE)
        == [(str(tmp_path / "a.png"), ImageFile(tmp_path / "a.png"))] * 2
    )


def test_texts_come_as_they_are_and_from_tables_and_lines(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,text\n1,from a table\n", encoding="utf-8")
    (tmp_path / "t.txt").write_text("line one\n\nline three\n", encoding="utf-8")
    found = read_inputs(
        ["Hello there. See t.csv", str(tmp_path / "t.csv"), tmp_path / "t.txt", "a\nb"], modality=Modality.TEXT
    )
    assert found == [
        ("Hello there. See t.csv", Text("Hello there. See t.csv")),
        (f"{tmp_path}/t.csv, line 2", Text("from a table")),
        (f"{tmp_path}/t.txt, line 1", Text("line one")),
        (f"{tmp_path}/t.txt, line 3", Text("line three")),
        ("a\\nb", Text("a\nb")),
    ]


def test_bad_row_is_an_error_because_predictions_keep_step_with_rows(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,b\na,b\nc\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 3 has 1 cells"):
        read_inputs([tmp_path / "t.csv"], modality=Modality.TEXT, text_column="text")


@pytest.mark.parametrize("modality", list(Modality))
def test_number_is_no_input(modality: Modality) -> None:
    with pytest.raises(UsageError, match="input 1 is of type int"):
        read_inputs([3], modality=modality)


def test_missing_file_and_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"x\.png does not exist"):
        read_inputs([str(tmp_path / "x.png")], modality=Modality.IMAGE)
    with pytest.raises(DataError, match=r"reviews\.csv does not exist"):
        read_inputs(["reviews.csv"], modality=Modality.TEXT)
    with pytest.raises(DataError, match="holds no images"):
        read_inputs([tmp_path], modality=Modality.IMAGE)


def test_empty_text_is_named() -> None:
    with pytest.raises(DataError, match="the text of input 2 is empty"):
        read_inputs(["a", " "], modality=Modality.TEXT)
