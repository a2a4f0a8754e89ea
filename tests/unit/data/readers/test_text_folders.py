"""Folders of `.txt` files per class: each file is one text."""

from pathlib import Path

import pytest

from injerto.core.errors import DataError
from injerto.core.survey import Modality
from injerto.data.items import Text
from injerto.data.reading import read_data
from injerto.data.unlabelled import read_inputs


def tree(root: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = root / name.replace("__", "/")
        path = path.with_name(f"{path.name}.txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def test_a_file_is_one_text_labelled_by_its_folder(tmp_path: Path) -> None:
    data = read_data(tree(tmp_path, pos__1="a good\n film\n", pos__2="fine", neg__1="dull", neg__2="bad"))
    assert data.modality is Modality.TEXT
    assert data.labels == ("neg", "pos")
    assert [example.item for example in data.examples if example.labels == ("pos",)] == [
        Text("a good\n film"),
        Text("fine"),
    ]


def test_given_splits_are_kept(tmp_path: Path) -> None:
    files = {
        f"{split}__{label}__{n}": f"{split} {label} {n}" for split in ("train", "test") for label in "ab" for n in "12"
    }
    data = read_data(tree(tmp_path, **files))
    assert [example.split for example in data.examples].count("test") == 4


def test_images_win_over_a_readme_beside_them(pictures: Path, tmp_path: Path) -> None:
    for folder in pictures.iterdir():
        (tmp_path / folder.name).symlink_to(folder)
    inner = tmp_path / "own"
    tree(inner, a__README="read me", b__README="read me")
    for label in "ab":
        for number, path in enumerate(sorted(pictures.rglob("*.png"))[:3]):
            (inner / label / f"{number}.png").write_bytes(path.read_bytes())
    data = read_data(inner)
    assert data.modality is Modality.IMAGE
    assert any("README.txt" in note for note in data.notes)


def test_bad_files_are_skipped_and_named_while_few(tmp_path: Path) -> None:
    many = {f"{label}__{n}": f"text {label} {n}" for label in "ab" for n in range(10)}
    data = read_data(
        tree(tmp_path, **many, a__empty=" \n", b__mixed="señal\n".encode() + b"se\xf1al\n", a__long="x" * 100_001)
    )
    skipped = {problem.code: problem.where for problem in data.problems if problem.action == "skipped"}
    assert skipped == {
        "text-empty": str(tmp_path / "a/empty.txt"),
        "row-encoding": str(tmp_path / "b/mixed.txt"),
    }
    assert any(problem.code == "text-long" and "long.txt" in problem.where for problem in data.problems)


def test_predict_takes_a_folder_of_texts(tmp_path: Path) -> None:
    tree(tmp_path / "new", x="first", inner__y="second")
    named = read_inputs([tmp_path / "new"], modality=Modality.TEXT)
    assert [(Path(name).name, item) for name, item in named] == [("x.txt", Text("first")), ("y.txt", Text("second"))]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"holds no \.txt"):
        read_inputs([tmp_path / "empty"], modality=Modality.TEXT)


def test_texts_that_lie_directly_in_a_folder_are_told_what_they_are_good_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"D117.*--task text-generation"):
        read_data(tree(tmp_path / "books", a="one", b="two"))
