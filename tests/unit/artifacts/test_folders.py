"""No path of the training machine leaves it, and its backbone is found again."""

import shutil
from pathlib import Path

import pytest

import injerto
from injerto.artifacts.folders import find_spec, is_local, name_of, remember, spec_beside
from injerto.core.errors import ModelError


@pytest.fixture
def model(pictures: Path, network_folder: Path, tmp_path: Path) -> Path:
    shutil.copytree(network_folder, tmp_path / "nets" / "small")
    injerto.fit(pictures, backbone=str(tmp_path / "nets" / "small"), out=tmp_path / "models" / "m", device="cpu")
    return tmp_path / "models" / "m"


def test_no_file_of_the_folder_holds_a_path_and_the_model_loads_wherever_it_is(
    model: Path, tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = "".join(file.read_text() for file in model.iterdir() if file.suffix in (".json", ".md"))
    assert str(tmp_path) not in held
    assert str(pictures) not in held
    picture = next(pictures.rglob("*.png"))
    first = injerto.load(model).predict([picture])
    moved = tmp_path / "elsewhere" / "deep" / "m"
    shutil.copytree(model, moved)
    assert injerto.load(moved).predict([picture]) == first  # by the digest, which this machine remembers
    monkeypatch.setenv("INJERTO_HOME", str(tmp_path / "another home"))
    assert injerto.load(model).predict([picture]) == first  # by its place beside the model
    with pytest.raises(ModelError, match="small"):
        injerto.load(moved)
    shutil.move(tmp_path / "models", tmp_path / "together" / "models")
    shutil.copytree(tmp_path / "nets", tmp_path / "together" / "nets")
    assert injerto.load(tmp_path / "together" / "models" / "m").predict([picture]) == first


@pytest.mark.parametrize(
    ("spec", "artifact", "expected"),
    [
        ("/a/b/net", "/a/models/m", "beside:../../b/net"),
        ("/a/net", "/a/m", "beside:../net"),
        ("/other/deep/net", "/a/m", "beside:../net"),
        ("/a/w.safetensors::resnet18", "/a/m", "beside:../w.safetensors::resnet18"),
    ],
)
def test_a_place_is_told_as_seen_from_the_artifact_and_never_through_the_root(
    spec: str, artifact: str, expected: str
) -> None:
    assert spec_beside(spec, Path(artifact)) == expected
    if "/other/" not in spec:
        assert find_spec(expected, Path(artifact), "no digest") == spec


def test_names_of_other_sources_are_left_alone() -> None:
    assert [is_local(spec) for spec in ("timm:resnet18", "hf:a/b", "shipped:x", "/a/b")] == [False, False, False, True]
    assert name_of("/a/b/w.safetensors::resnet18") == "w.safetensors::resnet18"
    assert find_spec("timm:resnet18", Path("/a/m"), "d") == "timm:resnet18"


def test_a_spoiled_memory_is_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INJERTO_HOME", str(tmp_path))
    (tmp_path / "local-backbones.json").write_text("[1, ")
    assert find_spec("beside:../net", tmp_path / "x" / "m", "d") == str(tmp_path / "x" / "net")
    (tmp_path / "net").mkdir()
    remember(str(tmp_path / "net"), "d")
    assert find_spec("beside:../net", tmp_path / "x" / "m", "d") == str(tmp_path / "net")
