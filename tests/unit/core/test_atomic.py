import errno
import os
from pathlib import Path

import pytest

from injerto.core.atomic import append_line, changed_files, check_free, new_folder, read_manifest, write_file
from injerto.core.errors import ResourceError, UsageError


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_folder_gets_a_manifest_of_all_its_files(tmp_path: Path) -> None:
    with new_folder(tmp_path / "out") as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "a").write_text("1")
    manifest = read_manifest(tmp_path / "out")
    assert manifest is not None
    assert list(manifest.files) == ["sub/a"]
    assert changed_files(tmp_path / "out", manifest) == []


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    with new_folder(tmp_path / "out") as folder:
        (folder / "a").write_text("1")
    (tmp_path / "out" / "a").write_text("2")
    manifest = read_manifest(tmp_path / "out")
    assert manifest is not None
    assert changed_files(tmp_path / "out", manifest) == ["a"]


def test_an_exception_leaves_nothing_behind(tmp_path: Path) -> None:
    def fill_half() -> None:
        with new_folder(tmp_path / "out") as folder:
            (folder / "a").write_text("1")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fill_half()
    assert names(tmp_path) == []


def test_an_exception_leaves_the_old_folder_when_overwriting(tmp_path: Path) -> None:
    with new_folder(tmp_path / "out") as folder:
        (folder / "a").write_text("old")
    with pytest.raises(RuntimeError), new_folder(tmp_path / "out", overwrite=True) as folder:
        raise RuntimeError
    assert (tmp_path / "out" / "a").read_text() == "old"
    assert names(tmp_path) == ["out"]


def test_overwriting_replaces_the_whole_folder(tmp_path: Path) -> None:
    with new_folder(tmp_path / "out") as folder:
        (folder / "a").write_text("old")
    with new_folder(tmp_path / "out", overwrite=True) as folder:
        (folder / "b").write_text("new")
    assert names(tmp_path / "out") == ["b", "manifest.json"]
    assert names(tmp_path) == ["out"]


def test_an_existing_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("precious")
    with pytest.raises(UsageError, match="--overwrite"):
        check_free(tmp_path / "out")


def test_overwrite_never_deletes_a_folder_that_injerto_did_not_write(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    with pytest.raises(UsageError, match="did not write"):
        check_free(tmp_path, overwrite=True)


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    check_free(tmp_path)


def test_files_of_a_folder_can_be_read_by_others(tmp_path: Path) -> None:
    with new_folder(tmp_path / "out") as folder:
        (folder / "a").touch(mode=0o600)
    assert (tmp_path / "out" / "a").stat().st_mode & 0o044 == 0o044


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    write_file(tmp_path / "a", "old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os if call == "fsync" else Path, call, fail)
    with pytest.raises(ResourceError, match="disk is full"):
        write_file(tmp_path / "a", "new")
    monkeypatch.undo()
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_an_appended_line_stays_whole_after_one_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    append_line(path, "one")
    with path.open("ab") as stream:
        stream.write(b"tw")
    append_line(path, "three")
    append_line(path, "four")
    assert path.read_bytes() == b"one\ntw\nthree\nfour\n"
