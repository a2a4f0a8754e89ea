"""Tables and folders that cannot be used at all: one line says why."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bad_data import make_picture, make_rows, write_table

from injerto.core.errors import DataError, InjertoError, UsageError
from injerto.data.reading import read_data


def _csv(text: str | bytes) -> Callable[[Path], Any]:
    def make(folder: Path) -> Path:
        path = folder / "t.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


def _file(name: str, content: bytes) -> Callable[[Path], Any]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def _tree(*names: str) -> Callable[[Path], Any]:
    def make(folder: Path) -> Path:
        for number, name in enumerate(names):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".png":
                make_picture(number).save(path)
            else:
                path.write_text("text,label\n" + "\n".join(make_rows()), encoding="utf-8")
        return folder

    return make


def _flipped_parquet(folder: Path) -> Path:
    path = folder / "t.parquet"
    table = pa.table({"text": [f"sentence {i}" for i in range(5000)], "label": ["a", "b"] * 2500})
    pq.write_table(table, path, row_group_size=1000, write_page_checksum=True, compression="none", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    return path


def _unique_labels(folder: Path) -> Path:
    return write_table(folder / "t.csv", [f"sentence number {i},id-{i}" for i in range(40)])


def _fractions(folder: Path) -> Path:
    return write_table(folder / "t.csv", [f"sentence number {i},{i / 7:.3f}" for i in range(1, 40)])


WRONG_SOURCES: dict[str, tuple[Callable[[Path], Any], dict[str, Any], str, str]] = {
    # id: source, options, expected key, what the message says of place and remedy
    "path that does not exist": (lambda f: f / "nowhere", {}, "path-missing", "nowhere.*Check the spelling"),
    "name that is too long": (lambda f: "x" * 5000, {}, "path-missing", "Check the spelling"),
    "empty folder": (_tree(), {}, "folder-empty", "one sub-folder of images per class"),
    "folder with clutter only": (_tree(".DS_Store", "__MACOSX/a/x.png", "Thumbs.db"), {}, "folder-empty", "holds no"),
    "images without classes": (_tree("1.png", "2.png"), {}, "no-class-folders", "sub-folder named after its class"),
    "one class": (_tree("a/1.png", "a/2.png", "b/.hidden.png"), {}, "one-class", "nothing to learn"),
    "class within a class": (_tree("a/1.png", "a/c/2.png", "b/3.png"), {}, "folder-nested", "each class is one folder"),
    "val and dev": (
        _tree("train/a/1.png", "train/b/1.png", "val/a/2.png", "dev/a/3.png"),
        {},
        "split-repeated",
        "dev, val.*Keep one",
    ),
    "several tables": (_tree("x.csv", "y.csv"), {}, "tables-unclear", "x.csv, y.csv"),
    "two tables of one split": (_tree("train.csv", "training.csv"), {}, "split-repeated", "train.csv, training.csv"),
    "unknown format": (_file("t.xlsx", b"PK\3\4"), {}, "format-unknown", r"t\.xlsx.*Convert it to CSV"),
    "pickle": (_file("t.pkl", b"\x80\x04."), {}, "format-unknown", r"t\.pkl"),
    "empty table": (_csv(""), {}, "table-empty", r"t\.csv has no rows"),
    "table with header only": (_csv("text,label\n"), {}, "table-empty", "no rows"),
    "binary named csv": (_csv(bytes(1000)), {}, "encoding-unknown", "Save it as UTF-8"),
    "UTF-16 without mark": (_csv("text,label\na,b\n".encode("utf-16-le")), {}, "encoding-unknown", "UTF-16"),
    "repeated column": (_csv("text,label,text\na,b,c\n"), {}, "columns-duplicated", "column text.*Rename"),
    "unknown column": (
        _csv("text,kategory\na,b\n"),
        {"label_column": "category"},
        "column-unknown",
        "Did you mean 'kategory'.*text, kategory",
    ),
    "column in other case": (
        _csv("TXT,B\na,b\n"),
        {"text_column": "txt"},
        "column-unknown",
        "Did you mean 'TXT'",
    ),
    "two text columns": (
        _csv("title,description,label\na,b,c\n"),
        {},
        "columns-unclear",
        "title, description, label.*--text-column title,description",
    ),
    "no known column": (
        _csv("a,b,c\n1,2,3\n"),
        {},
        "columns-unclear",
        "a, b, c.*--text-column or --image-column, and --label-column",
    ),
    "no label column": (_csv("text,a,b\nx,y,z\n"), {}, "columns-unclear", "--label-column"),
    "text and image": (_csv("text,image,label\nhello,x.png,a\n"), {}, "modality-unclear", "--text-column"),
    "text for an image task": (
        _csv("text,label\n" + "\n".join(make_rows())),
        {"task": "image-classification", "text_column": "text"},
        "modality-mismatch",
        "holds text.*needs images",
    ),
    "no header": (
        _csv("a first sentence here,yes\n" + "\n".join(make_rows())),
        {},
        "header-missing",
        "first line.*names the columns",
    ),
    "one class in a table": (_csv("text,label\na,b\nc,b\n"), {}, "one-class", r"\(b\)"),
    "ids as labels": (_unique_labels, {}, "labels-unique", "40 different labels in 40.*--label-column"),
    "fractions as labels": (_fractions, {}, "labels-continuous", "regression.*--label-column"),
    "broken JSON list": (_file("t.json", b'[{"text": 1},'), {}, "row-not-json", r"t\.json"),
    "no JSON at all": (_file("t.jsonl", b"hello\n"), {}, "row-not-json", r"t\.jsonl, line 1"),
    "parquet of noise": (_file("t.parquet", b"PAR1" + bytes(100)), {}, "table-corrupt", r"t\.parquet is damaged"),
    "parquet with a flipped byte": (_flipped_parquet, {}, "table-corrupt", "row group 3 of 5"),
    "path with parent": (_csv("image,label\n../x.png,a\n"), {}, "image-path-outside", r"line 2.*\.\./x\.png"),
    "absolute path": (_csv("image,label\n/etc/passwd.png,a\n"), {}, "image-path-outside", "line 2.*relative to it"),
    "lengths": (lambda f: (["a", "b"], ["x"]), {}, "lengths-differ", "2 examples but 1 labels"),
    "a number": (lambda f: 7, {}, "source-type", "int"),
    "a generator of pairs": (lambda f: (i for i in range(3)), {}, "source-type", "generator"),
    "a text where a list is due": (lambda f: ("abc", "xyz"), {}, "source-type", "str"),
}


@pytest.mark.parametrize("case", WRONG_SOURCES)
def test_source_that_cannot_be_used_is_explained(case: str, tmp_path: Path) -> None:
    make, options, key, says = WRONG_SOURCES[case]
    with pytest.raises(InjertoError, match=f"(?s){says}") as caught:
        read_data(make(tmp_path), **options)
    assert caught.value.key == key
    assert type(caught.value) in (DataError, UsageError)
    assert "\n" not in str(caught.value)


def test_link_in_a_table_that_leads_outside_is_refused(tmp_path: Path) -> None:
    make_picture(1).save(tmp_path / "secret.png")
    inner = tmp_path / "data"
    inner.mkdir()
    (inner / "x.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(DataError, match=r"line 2 refers to x\.png, which lies outside"):
        read_data(write_table(inner / "t.csv", ["x.png,a"], header="image,label"))
