import json
import random
from pathlib import Path

import pytest

from injerto.artifacts.inspecting import verified_files
from injerto.artifacts.verifying import verify_artifact
from injerto.core.atomic import Manifest, new_folder
from injerto.core.errors import ModelError, UsageError
from injerto.core.verification import FileState


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with new_folder(tmp_path / "m") as inside:
        (inside / "model.safetensors").write_bytes(bytes(range(256)))
        (inside / "injerto.json").write_text("{}")
        (inside / "backbone").mkdir()
        (inside / "backbone" / "config.json").write_text("{}")
    return tmp_path / "m"


def faults(folder: Path) -> dict[str, FileState]:
    found = verify_artifact(folder)
    named = {file.name: file.state for file in found.faults()}
    assert found.fine == (not named)
    return named


def test_a_folder_as_it_was_written_is_fine(folder: Path) -> None:
    found = verify_artifact(folder)
    assert found.fine
    assert found.num_files == 3
    assert [file.name for file in found.files] == [
        "backbone/config.json",
        "injerto.json",
        "manifest.json",
        "model.safetensors",
    ]
    assert found.num_bytes == sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize("name", ["model.safetensors", "injerto.json", "backbone/config.json", "manifest.json"])
def test_any_one_bit_names_its_file_and_no_other(folder: Path, name: str) -> None:
    file = folder / name
    content = file.read_bytes()
    bits = range(8 * len(content))
    for bit in bits if len(bits) < 100 else random.Random(0).sample(bits, 100):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        file.write_bytes(bytes(changed))
        assert faults(folder) == {name: FileState.CHANGED}, bit


def test_missing_extra_and_linked_files_are_named(folder: Path) -> None:
    (folder / "injerto.json").unlink()
    (folder / "backbone" / "added.py").write_text("print()")
    (folder / "model.safetensors").rename(folder.parent / "elsewhere")
    (folder / "model.safetensors").symlink_to(folder.parent / "elsewhere")
    (folder / "dangling").symlink_to("nothing")
    assert faults(folder) == {
        "injerto.json": FileState.MISSING,
        "backbone/added.py": FileState.EXTRA,
        "model.safetensors": FileState.LINK,
        "dangling": FileState.LINK,
    }


def test_a_file_behind_a_linked_folder_is_a_link(folder: Path) -> None:
    (folder / "backbone").rename(folder.parent / "moved")
    (folder / "backbone").symlink_to(folder.parent / "moved")
    assert faults(folder)["backbone/config.json"] is FileState.LINK


def test_a_manifest_that_reaches_outside_opens_nothing_there(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    (folder / "manifest.json").write_text(Manifest(files={"../secret": "0", str(secret): "0"}).to_json())
    found = faults(folder)
    assert found.pop("../secret") is FileState.OUTSIDE
    assert found.pop(str(secret)) is FileState.OUTSIDE
    assert set(found.values()) == {FileState.EXTRA}


def test_without_a_manifest_the_folder_is_not_fine(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    assert faults(folder) == {"manifest.json": FileState.MISSING}


def test_a_manifest_from_before_the_seal_is_read(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["seal"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert verify_artifact(folder).fine


def test_no_folder_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no model folder"):
        verify_artifact(tmp_path / "nothing")


def test_the_folder_of_a_network_is_told_from_a_broken_model(tmp_path: Path) -> None:
    with new_folder(tmp_path / "merged") as made:
        (made / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match=r"M214.*--backbone"):
        verified_files(tmp_path / "merged")
