import json
from pathlib import Path

import pytest

from injerto.backbones.loading import load_backbone
from injerto.backbones.shipped_cards import Shipped, find_shipped, list_shipped
from injerto.backbones.sources import shipped as source
from injerto.core.errors import ModelError, UsageError
from injerto.core.hashing import digest_file


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "injerto-tiny"
    load_backbone("timm:test_resnet", pretrained=False).save_network(str(folder))
    card = {
        "name": "injerto-tiny",
        "library": "timm",
        "modality": "image",
        "architecture": "test_resnet",
        "parameters": 470_000,
        "license": "apache-2.0",
        "origin": "noise",
        "recipe": "none",
        "sha256": digest_file(folder / "model.safetensors"),
    }
    (folder / "card.json").write_text(json.dumps(card))
    monkeypatch.setattr(source, "find_shipped", lambda name: find_shipped(name, tmp_path))
    return tmp_path


def test_card_is_read(root: Path) -> None:
    (shipped,) = list_shipped(root)
    assert shipped.card.spec == "shipped:injerto-tiny"
    assert shipped.card.commercial_use is True
    assert shipped.card.input == "160 px RGB"


def test_shipped_backbone_loads(root: Path) -> None:
    backbone = load_backbone("shipped:injerto-tiny")
    assert (backbone.spec, backbone.pretrained) == ("shipped:injerto-tiny", True)


def test_changed_weights_are_refused(root: Path) -> None:
    path = root / "injerto-tiny" / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="M114"):
        load_backbone("shipped:injerto-tiny")


def test_unknown_name_lists_the_known(root: Path) -> None:
    with pytest.raises(UsageError, match="injerto-tiny"):
        load_backbone("shipped:injerto-huge")


def test_incomplete_card_is_refused(root: Path) -> None:
    (root / "injerto-tiny" / "card.json").write_text("{}")
    with pytest.raises(ModelError, match="M107"):
        list_shipped(root)


@pytest.mark.parametrize("shipped", list_shipped(), ids=lambda shipped: shipped.card.name)
def test_what_is_shipped_loads_and_says_its_size(shipped: Shipped) -> None:
    backbone = load_backbone(shipped.card.name)
    assert backbone.spec == shipped.card.spec
    assert backbone.pretrained
    assert backbone.card.license == shipped.card.license
