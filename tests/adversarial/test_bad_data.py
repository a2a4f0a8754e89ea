"""Every fault of the catalogue (D01-D44, images, tables and sets): what is said, about which file or row."""

import contextlib
import io
import json
import os
import socket
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from injerto.core.errors import DataError, InjertoError, UsageError
from injerto.core.survey import Problem
from injerto.data.image_decoding import decode_image
from injerto.data.items import Text
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits


def _picture(seed: int, size: tuple[int, int] = (40, 30)) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def _encoded(image: Image.Image, image_format: str = "JPEG", **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, image_format, **options)
    return stream.getvalue()


def _flowers(root: Path, *, per_class: int = 10) -> Path:
    for number, label in enumerate(("daisy", "rose")):
        (root / label).mkdir(parents=True)
        for position in range(per_class):
            _picture(1000 * number + position).save(root / label / f"{position:02}.png")
    return root


def _table(path: Path, rows: list[str], header: str = "text,label") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def _rows(count: int = 20) -> list[str]:
    return [f"a sentence with number {i},{'yes' if i % 2 else 'no'}" for i in range(count)]


def _problem(problems: tuple[Problem, ...], code: str) -> Problem:
    found = [problem for problem in problems if problem.code == code]
    assert len(found) == 1, [problem.code for problem in problems]
    return found[0]


def _png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


_JPEG = _encoded(_picture(7, (300, 200)))

BAD_FILES: dict[str, tuple[str, bytes, str, str]] = {
    # id: file name, content, expected key, what the sentence says
    "zero bytes": ("x.jpg", b"", "image-empty", "0 bytes"),
    "web page": ("x.jpg", b"<!DOCTYPE html><html><body>404</body></html>", "image-is-page", "HTML"),
    "web page with comment": ("x.png", b"\n <html lang='en'>not found", "image-is-page", "HTML"),
    "plain text": ("x.jpg", b"Not Found", "image-is-page", "text file"),
    "svg": ("x.svg", b"<?xml version='1.0'?><svg></svg>", "image-is-page", "SVG"),
    "photoshop": ("x.psd", b"8BPS\0\x01" + bytes(100), "image-format", "PSD"),
    "postscript": ("x.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n", "image-format", "EPS"),
    "heic": ("x.heic", b"\0\0\0\x18ftypheic" + bytes(100), "image-format", "HEIC"),
    "heic named jpg": ("x.jpg", b"\0\0\0\x18ftypheic" + bytes(100), "image-format", "HEIC"),
    "avif": ("x.avif", b"\0\0\0\x18ftypavif" + bytes(100), "image-format", "AVIF"),
    "jpeg 2000": ("x.jp2", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(50), "image-format", "JPEG 2000"),
    "noise": ("x.png", bytes(range(128, 256)) * 4, "image-unknown", "not an image"),
    "png without pixels": ("x.png", _encoded(_picture(1), "PNG")[:60], "image-truncated", "cut off"),
    "gif without frame": ("x.gif", b"GIF89a\x01\0", "image-broken", "GIF"),
    "jpeg with second half zero": (
        "x.jpg",
        _JPEG[: len(_JPEG) // 2] + bytes(len(_JPEG) // 2),
        "image-broken",
        "zero bytes",
    ),
    "90 megapixels": ("x.png", _png_header(10_000, 9_000), "image-too-many-pixels", "90 million"),
    "400 megapixels": ("x.png", _png_header(20_000, 20_000), "image-too-many-pixels", "400 million"),
    **{
        f"jpeg cut at {tenth}0 %": ("x.jpg", _JPEG[: len(_JPEG) * tenth // 10], "image-truncated", "cut off")
        for tenth in range(1, 10)
    },
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_image_file_is_skipped_and_named(case: str, tmp_path: Path) -> None:
    name, content, key, says = BAD_FILES[case]
    root = _flowers(tmp_path / "flowers")
    (root / "daisy" / name).write_bytes(content)
    data = read_data(root)
    problem = _problem(data.problems, key)
    assert len(data) == 20
    assert data.num_skipped == 1
    assert problem.where == str(root / "daisy" / name)
    assert says in problem.what
    assert name in problem.what
    assert problem.action == "skipped"


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_image_file_stops_the_work_when_asked(case: str, tmp_path: Path) -> None:
    name, content, key, says = BAD_FILES[case]
    root = _flowers(tmp_path / "flowers")
    (root / "rose" / name).write_bytes(content)
    with pytest.raises(DataError, match=str(root / "rose" / name)) as caught:
        read_data(root, on_bad="stop")
    assert caught.value.key == key
    assert says in str(caught.value)
    assert caught.value.exit_code == 3
    assert " object at 0x" not in str(caught.value)


def test_refused_format_comes_with_the_hint_to_convert(tmp_path: Path) -> None:
    (tmp_path / "x.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(DataError, match="Convert it to PNG or JPEG"):
        decode_image(tmp_path / "x.heic", where="x.heic")


def _make_folder(path: Path) -> None:
    path.mkdir()


def _make_pipe(path: Path) -> None:
    os.mkfifo(path)


def _make_dead_link(path: Path) -> None:
    path.symlink_to("nowhere.jpg")


def _make_loop(path: Path) -> None:
    path.symlink_to(path.name)


def _make_link_outside(path: Path) -> None:
    outside = path.parents[2] / "secret.png"
    _picture(5).save(outside)
    path.symlink_to(outside)


def _make_socket(path: Path) -> None:
    # A socket's path is short by law, so it is bound relative to its folder.
    listener = socket.socket(socket.AF_UNIX)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        listener.bind(f"/proc/self/fd/{descriptor}/{path.name}")
    finally:
        listener.close()
        os.close(descriptor)


@pytest.mark.skipif(os.name == "nt", reason="pipes and links are made in the POSIX way")
@pytest.mark.parametrize(
    ("make", "key", "says"),
    [
        (_make_folder, "image-not-file", "a folder"),
        (_make_pipe, "image-not-file", "a pipe"),
        (_make_socket, "image-not-file", "a socket"),
        (_make_dead_link, "image-missing", "link to nothing"),
        (_make_loop, "image-missing", "link to nothing"),
        (_make_link_outside, "image-link-outside", "link to a place outside"),
    ],
)
def test_what_is_no_file_is_named_and_never_waited_for(
    make: Callable[[Path], None], key: str, says: str, tmp_path: Path
) -> None:
    root = _flowers(tmp_path / "flowers")
    make(root / "daisy" / "x.jpg")
    started = time.monotonic()
    data = read_data(root)
    assert time.monotonic() - started < 20
    problem = _problem(data.problems, key)
    assert problem.where == str(root / "daisy" / "x.jpg")
    assert says in problem.what


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read everything")
def test_file_without_permission_is_named(tmp_path: Path) -> None:
    root = _flowers(tmp_path / "flowers")
    (root / "rose" / "00.png").chmod(0)
    assert _problem(read_data(root).problems, "image-permission").where == str(root / "rose" / "00.png")


def test_folder_link_that_leads_back_up_is_not_followed(tmp_path: Path) -> None:
    root = _flowers(tmp_path / "flowers")
    (root / "rose" / "again").symlink_to(root)
    assert len(read_data(root)) == 20


def test_many_bad_images_stop_the_work_and_name_the_limit(tmp_path: Path) -> None:
    root = _flowers(tmp_path / "flowers")
    for name in "abcd":
        (root / "daisy" / f"{name}.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"4 of 24 examples cannot be used, more than the limit of 3.*a\.jpg") as caught:
        read_data(root)
    assert caught.value.key == "too-many-bad"


def test_many_bad_images_of_one_class_stop_the_work(tmp_path: Path) -> None:
    root = _flowers(tmp_path / "flowers", per_class=5)
    for name in "ab":
        (root / "rose" / f"{name}.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"2 of 7 examples of class rose .* limit of 1.*a\.jpg") as caught:
        read_data(root)
    assert caught.value.key == "too-many-bad-in-class"


def test_one_percent_of_a_large_set_may_be_bad(tmp_path: Path) -> None:
    rows = [*_rows(1000), *[" ,yes"] * 5, *[" ,no"] * 5]
    assert read_data(_table(tmp_path / "t.csv", rows)).num_skipped == 10
    with pytest.raises(DataError, match="11 of 1011 examples cannot be used, more than the limit of 10"):
        read_data(_table(tmp_path / "t.csv", [*rows, " ,no"]))


# --- tables: rows ----------------------------------------------------------------------------------------------


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
    path = _table(tmp_path / "t.csv", [*_rows(10), row, *_rows(10)])
    data = read_data(path)
    problem = _problem(data.problems, key)
    assert len(data) == 20
    assert problem.where == f"{path}, line 12"
    assert says in problem.what
    with pytest.raises(DataError, match="line 12") as caught:
        read_data(path, on_bad="stop")
    assert caught.value.key == key


def test_line_numbers_count_the_lines_of_cells_with_line_breaks(tmp_path: Path) -> None:
    path = _table(tmp_path / "t.csv", ['"two\nlines",yes', *_rows(9), ",no"])
    assert _problem(read_data(path).problems, "text-empty").where == f"{path}, line 13"


def test_row_in_another_encoding_than_the_rest_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    text = "text,label\n" + "\n".join(f"señal número {i},{'sí' if i % 2 else 'no'}" for i in range(10))
    path.write_bytes(text.encode("utf-8") + "\nniño,no\n".encode("latin-1"))
    problem = _problem(read_data(path).problems, "row-encoding")
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
    problem = _problem(data.problems, key)
    assert len(data) == 10
    assert problem.where == f"{path}, line 6"
    assert says in problem.what


# --- tables: files ---------------------------------------------------------------------------------------------


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
                _picture(number).save(path)
            else:
                path.write_text("text,label\n" + "\n".join(_rows()), encoding="utf-8")
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
    return _table(folder / "t.csv", [f"sentence number {i},id-{i}" for i in range(40)])


def _fractions(folder: Path) -> Path:
    return _table(folder / "t.csv", [f"sentence number {i},{i / 7:.3f}" for i in range(1, 40)])


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
        _csv("text,label\n" + "\n".join(_rows())),
        {"task": "image-classification", "text_column": "text"},
        "modality-mismatch",
        "holds texts.*needs images",
    ),
    "no header": (
        _csv("a first sentence here,yes\n" + "\n".join(_rows())),
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
    _picture(1).save(tmp_path / "secret.png")
    inner = tmp_path / "data"
    inner.mkdir()
    (inner / "x.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(DataError, match=r"line 2 refers to x\.png, which lies outside"):
        read_data(_table(inner / "t.csv", ["x.png,a"], header="image,label"))


# --- labels and texts that must survive ------------------------------------------------------------------------


def test_labels_that_look_like_nothing_or_numbers_stay_text(tmp_path: Path) -> None:
    labels = ["NA", "None", "null", "007", "nan", "1", "1.0", "True"]
    path = _table(tmp_path / "t.csv", [f"sentence {i},{labels[i % 8]}" for i in range(40)])
    data = read_data(path)
    assert data.labels == tuple(sorted(labels))
    assert "'1' (5), '1.0' (5)" in _problem(data.problems, "labels-near-equal").what


def test_near_equal_labels_are_reported_and_only_white_space_is_merged(tmp_path: Path) -> None:
    rows = [f"sentence {i},{('cat', ' cat', 'Cat', 'dog')[i % 4]}" for i in range(40)]
    data = read_data(_table(tmp_path / "t.csv", rows))
    assert data.labels == ("Cat", "cat", "dog")
    assert "'Cat' (10), 'cat' (20)" in _problem(data.problems, "labels-near-equal").what


def test_class_folders_that_differ_in_unicode_form_are_reported(tmp_path: Path) -> None:
    for number, label in enumerate(("ma\u00f1ana", "man\u0303ana", "noche")):
        (tmp_path / label).mkdir()
        for position in range(3):
            _picture(10 * number + position).save(tmp_path / label / f"{position}.png")
    data = read_data(tmp_path)
    assert len(data.labels) == 3
    assert _problem(data.problems, "labels-near-equal").action == "kept"


@pytest.mark.parametrize(
    "text", ["🙂🙃", "مرحبا بالعالم", "a\u200bb", "\x07bell", "\u2028", "\ud83d", "e\u0301", "=1+1", "<script>"]
)
def test_odd_text_is_kept_as_it_is_or_listed(text: str, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    records = [{"text": f"sentence {i}", "label": "ab"[i % 2]} for i in range(10)]
    path.write_text("\n".join(map(json.dumps, [*records, {"text": text, "label": "a"}])), encoding="utf-8")
    data = read_data(path)
    item = data.examples[-1].item
    assert isinstance(item, Text)
    assert len(data) + data.num_skipped == 11
    item.read().encode("utf-8")
    assert item.digest


def test_text_of_a_million_characters_is_cut_and_reported_in_time(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    records = [{"text": f"sentence {i}", "label": "ab"[i % 2]} for i in range(10)]
    records.append({"text": "word " * 200_000, "label": "a"})
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    started = time.monotonic()
    data = read_data(path)
    assert time.monotonic() - started < 2
    problem = _problem(data.problems, "text-long")
    assert "1000000 characters" in problem.what
    assert problem.action == "cut to 100000 characters"


def test_column_of_mixed_types_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    records: list[dict[str, object]] = [{"text": f"sentence {i}", "label": "ab"[i % 2]} for i in range(10)]
    records[7]["label"] = 3
    records[8]["label"] = 3
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    data = read_data(path)
    assert data.labels == ("3", "a", "b")
    assert "str (8), int (2)" in _problem(data.problems, "mixed-types").what


def test_file_name_with_a_line_break_stays_one_line_in_messages(tmp_path: Path) -> None:
    root = _flowers(tmp_path / "flowers")
    (root / "daisy" / "a\nb.png").write_bytes(b"")
    (root / "daisy" / ("n" * 251 + ".png")).write_bytes(_encoded(_picture(99), "PNG"))
    data = read_data(root)
    problem = _problem(data.problems, "image-empty")
    assert problem.where.endswith("a\\nb.png")
    assert "\n" not in problem.what
    assert len(data) == 21


# --- sets ------------------------------------------------------------------------------------------------------


def test_class_with_one_example_is_kept_in_train_and_reported(tmp_path: Path) -> None:
    data = read_data(_table(tmp_path / "t.csv", [*_rows(40), "the only one of its kind,rare"]))
    problem = _problem(data.problems, "class-single")
    assert problem.where.endswith("line 42")
    assert "kept in train" in problem.action
    assert 40 in make_splits(data, seed=0).train


def test_copy_of_a_test_example_is_dropped_from_train(tmp_path: Path) -> None:
    _table(tmp_path / "train.csv", [*_rows(30), "leaked,yes", "leaked,yes"])
    _table(tmp_path / "test.csv", ["leaked,yes", "fresh,no"])
    data = read_data(tmp_path)
    splits = make_splits(data, seed=0)
    texts = {data.examples[int(i)].item.digest for i in (*splits.train, *splits.tune)}
    assert not texts & {data.examples[int(i)].item.digest for i in splits.test}
    assert len(splits.test) == 2
    assert splits.num_leaks == 1
    leaks = [problem for problem in splits.problems if problem.code == "leak"]
    assert [leak.where.rsplit("/")[-1] for leak in leaks] == ["train.csv, line 32", "train.csv, line 33"]
    assert "dropped from train" in leaks[0].action


def test_content_with_two_labels_is_listed_as_conflict(tmp_path: Path) -> None:
    data = read_data(_table(tmp_path / "t.csv", [*_rows(30), "twice,yes", "twice,no"]))
    problem = _problem(make_splits(data, seed=0).problems, "conflict")
    assert "no; yes" in problem.what
    assert "line 32" in problem.where
    assert "line 33" in problem.where


def test_label_that_only_the_test_split_has_is_reported(tmp_path: Path) -> None:
    _table(tmp_path / "train.csv", _rows(30))
    _table(tmp_path / "test.csv", ["something new,maybe", "something old,no"])
    problem = _problem(make_splits(read_data(tmp_path), seed=0).problems, "label-unseen")
    assert "maybe is in test but not in train" in problem.what


def test_group_in_two_given_splits_is_reported(tmp_path: Path) -> None:
    rows = [f"sentence {i},{'ab'[i % 2]},p{i % 5}" for i in range(20)]
    _table(tmp_path / "train.csv", rows, header="text,label,patient")
    _table(tmp_path / "test.csv", ["another,a,p3", "one more,b,p9"], header="text,label,patient")
    problem = _problem(make_splits(read_data(tmp_path), seed=0).problems, "group-crosses")
    assert "group p3 is in test and train" in problem.what


@pytest.mark.parametrize(
    ("labels", "key"),
    [(["a", "b", "a", "b"], "split-too-few"), (["a"] * 9 + ["b"], "split-too-few"), (["a", "b"] * 5, None)],
)
def test_too_few_examples_to_split_are_refused(labels: list[str], key: str | None) -> None:
    data = read_data(([f"sentence {i}" for i in range(len(labels))], labels))
    if key is None:
        assert all(map(len, (make_splits(data, seed=0).train, make_splits(data, seed=0).test)))
        return
    with pytest.raises(DataError, match="Add examples: at least 6") as caught:
        make_splits(data, seed=0)
    assert caught.value.key == key


def test_too_few_groups_to_split_are_refused(tmp_path: Path) -> None:
    rows = [f"sentence {i},{'ab'[i % 2]},{'xy'[i // 10]}" for i in range(20)]
    data = read_data(_table(tmp_path / "t.csv", rows, header="text,label,speaker"))
    with pytest.raises(DataError, match="only 2 independent groups of examples, and 3 are needed"):
        make_splits(data, seed=0)


def test_strong_imbalance_leaves_the_rare_class_in_every_split(tmp_path: Path) -> None:
    rows = [f"sentence {i},common" for i in range(3000)] + [f"rarity {i},rare" for i in range(10)]
    data = read_data(_table(tmp_path / "t.csv", rows))
    splits = make_splits(data, seed=0)
    targets = data.targets()
    assert [int((targets[part] == 1).sum()) for part in (splits.train, splits.tune, splits.test)] in (
        [7, 1, 2],
        [6, 2, 2],
    )


def test_random_damage_never_escapes_as_another_exception(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for image_format in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"):
        sound = _encoded(_picture(3), image_format)
        for _ in range(60):
            damaged = bytearray(sound)
            for position in random.integers(0, len(sound), int(random.integers(1, 30))):
                damaged[position] = int(random.integers(0, 256))
            with contextlib.suppress(DataError):
                assert decode_image(bytes(damaged), where="damaged").image.mode == "RGB"
