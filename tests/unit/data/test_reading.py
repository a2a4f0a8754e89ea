"""The readers, each on a small sound source, and the options of `read_data`."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PIL import Image

from injerto.core.errors import DataError
from injerto.core.record import Record
from injerto.core.survey import Modality
from injerto.data.items import Text
from injerto.data.reading import read_data

T = TypeVar("T")


def _tree(root: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (6, 6, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path, "PNG")
    return root


def _classes(*prefixes: str, labels: str = "ab") -> list[str]:
    return [f"{prefix}{label}/{i}.png" for prefix in prefixes for label in labels for i in range(3)]


def _csv(path: Path, count: int = 10, start: int = 0) -> Path:
    rows = [f"sentence {i},{'no' if i % 2 else 'yes'}" for i in range(start, start + count)]
    path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    return path


def test_class_folders_give_sorted_labels_and_examples(tmp_path: Path) -> None:
    data = read_data(_tree(tmp_path, *_classes("", labels="ba"), ".hidden/x.png", "__MACOSX/a/1.png"))
    assert data.labels == ("a", "b")
    assert data.modality is Modality.IMAGE
    assert [e.where for e in data.examples] == [str(tmp_path / name) for name in sorted(_classes(""))]
    assert data.problems == ()


def test_nested_folders_give_paths_as_labels(tmp_path: Path) -> None:
    data = read_data(_tree(tmp_path, *_classes("Greek/", "Latin/")))
    assert data.labels == ("Greek/a", "Greek/b", "Latin/a", "Latin/b")
    assert "a label is a path such as Greek/a" in data.notes[0]


def test_wrapping_folder_of_an_archive_is_looked_through(tmp_path: Path) -> None:
    assert read_data(_tree(tmp_path, *_classes("flowers/flowers/"))).labels == ("a", "b")


def test_image_without_ending_is_found_by_its_content(tmp_path: Path) -> None:
    assert len(read_data(_tree(tmp_path, *_classes(""), "a/without"))) == 7


def test_other_files_are_ignored_and_counted(tmp_path: Path) -> None:
    _tree(tmp_path, *_classes(""), "stray.png")
    (tmp_path / "a" / "notes.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    data = read_data(tmp_path)
    assert data.notes == (f"1 files that are not images are ignored, such as {tmp_path / 'a' / 'notes.txt'}",)
    assert [problem.code for problem in data.problems] == ["stray-file", "class-empty"]


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("training", "dev", "testing"), ("entrenamiento", "validación", "prueba")]
)
def test_split_folders_are_recognised(names: tuple[str, str, str], tmp_path: Path) -> None:
    data = read_data(_tree(tmp_path, *_classes(*(f"{name}/" for name in names))))
    assert data.labels == ("a", "b")
    assert Counter(example.split for example in data.examples) == {"train": 6, "tune": 6, "test": 6}


def test_test_folder_without_classes_is_left_out_and_reported(tmp_path: Path) -> None:
    data = read_data(_tree(tmp_path, *_classes("train/"), "test/1.png", *_classes("extra/")))
    assert {example.split for example in data.examples} == {"train"}
    assert [problem.code for problem in data.problems] == ["folder-not-split", "split-unlabelled"]


def test_classes_that_are_called_train_and_test_are_classes(tmp_path: Path) -> None:
    assert read_data(_tree(tmp_path, "train/1.png", "train/2.png", "test/3.png", "test/4.png")).labels == (
        "test",
        "train",
    )


def test_split_tables_are_read_together(tmp_path: Path) -> None:
    _csv(tmp_path / "train.csv", 20)
    _csv(tmp_path / "dev.csv", 6, start=50)
    _csv(tmp_path / "test-00000-of-00002.csv", 4, start=60)
    _csv(tmp_path / "test-00001-of-00002.csv", 4, start=70)
    data = read_data(tmp_path)
    assert Counter(example.split for example in data.examples) == {"train": 20, "tune": 6, "test": 8}


def test_folder_with_one_table_beside_its_images_is_that_table(tmp_path: Path) -> None:
    _tree(tmp_path, *(f"images/{i}.png" for i in range(6)))
    rows = [f"images\\{i}.png,{'ab'[i % 2]},p{i}" for i in range(6)]
    (tmp_path / "labels.csv").write_text("\n".join(["file,class,patient_id", *rows]), encoding="utf-8")
    data = read_data(tmp_path)
    assert data.columns == {"file": "image", "class": "label", "patient_id": "group"}
    assert [example.group for example in data.examples] == [f"p{i}" for i in range(6)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_reads_the_same_in_every_dialect_and_encoding(delimiter: str, encoding: str, tmp_path: Path) -> None:
    rows = [f'"señal, {i}; con ""comillas"" y\nsalto"{delimiter}{"sí" if i % 2 else "no"}' for i in range(10)]
    (tmp_path / "t.csv").write_bytes("\r\n".join([f"texto{delimiter}etiqueta", *rows]).encode(encoding))
    data = read_data(tmp_path / "t.csv")
    assert data.labels == ("no", "sí")
    assert data.examples[3].item == Text('señal, 3; con "comillas" y\nsalto')
    assert bool(data.notes) == (encoding != "utf-8" or delimiter != ",")


def test_json_lines_and_json_list_read_alike(tmp_path: Path) -> None:
    records = [{"text": f"s\u2028 {i}", "labels": ["a", "b"][: 1 + i % 2]} for i in range(6)]
    (tmp_path / "t.jsonl").write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in records), encoding="utf-8")
    (tmp_path / "t.json").write_text(json.dumps(records), encoding="utf-8")
    lines, whole = read_data(tmp_path / "t.jsonl"), read_data(tmp_path / "t.json")
    assert lines.multi_label
    assert [e.labels for e in lines.examples] == [e.labels for e in whole.examples]
    assert lines.targets().tolist() == [[1, 0], [1, 1]] * 3


def test_named_text_columns_are_joined(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("title,description,label\nA,b,x\nC,,y\n", encoding="utf-8")
    data = read_data(tmp_path / "t.csv", text_column="title,description")
    assert [example.item for example in data.examples] == [Text("A b"), Text("C")]


def test_unchecked_images_are_not_decoded(tmp_path: Path) -> None:
    _tree(tmp_path, *_classes(""))
    (tmp_path / "a" / "bad.png").write_bytes(b"")
    assert len(read_data(tmp_path, check=False)) == 7
    assert len(read_data(tmp_path)) == 6


def test_conversions_are_counted_in_a_note(tmp_path: Path) -> None:
    _tree(tmp_path, *_classes(""))
    for i in range(2):
        Image.new("RGBA", (4, 4), (i, 0, 0, 0)).save(tmp_path / "a" / f"alpha{i}.png")
    assert read_data(tmp_path).notes == ("2 images: transparency laid over white",)


def test_progress_is_reported_over_all_images(tmp_path: Path) -> None:
    class Counting:
        total = 0

        def track(self, items: Iterable[T], *, label: str, total: int) -> Iterator[T]:
            assert label == "checking images"
            self.total = total
            yield from items

        def note(self, key: str, /, **values: object) -> None:
            raise AssertionError(key)

        def show(self, record: Record) -> None:
            raise AssertionError(record)

    reporter = Counting()
    read_data(_tree(tmp_path, *_classes("")), reporter=reporter)
    assert reporter.total == 6


def test_missing_source_is_named() -> None:
    with pytest.raises(DataError, match="no-such-folder does not exist"):
        read_data("no-such-folder")
