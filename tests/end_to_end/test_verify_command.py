from collections.abc import Callable
from pathlib import Path

from injerto.core.atomic import new_folder


def test_verify_says_what_is_wrong_and_leaves_with_4(program: Callable, tmp_path: Path) -> None:
    with new_folder(tmp_path / "m") as folder:
        (folder / "model.safetensors").write_bytes(b"0123")
    done = program("verify", "m")
    assert done.code == 0
    assert "1 files" in done.out
    assert program("verify", "m", "--json").document()["fine"] is True
    (tmp_path / "m" / "model.safetensors").write_bytes(b"0124")
    done = program("verify", "m")
    assert done.code == 4
    assert "model.safetensors" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    done = program("verify", "m", "--json")
    assert done.code == 4
    document = done.document()
    assert (document["schema_version"], document["fine"]) == (1, False)
    assert document["files"][0] == {"name": "model.safetensors", "state": "changed"}


def test_verify_of_nothing_is_wrong_use(program: Callable) -> None:
    assert program("verify", "nothing").code == 2
