from pathlib import Path

import pytest
from sequence_networks import save_sequence_network

from injerto.backbones.catalogue import find_card
from injerto.backbones.licences import allows_commercial_use, licence_of, licence_warning
from injerto.backbones.model_folder import ModelFolder
from injerto.backbones.sequences.loading import load_sequence_backbone


@pytest.mark.parametrize(
    ("license_id", "allowed"),
    [
        ("apache-2.0", True),
        ("BSD-3-Clause", True),
        ("cc-by-nc-4.0", False),
        ("cc-by-nc-sa-4.0", False),
        ("fair-noncommercial-research-license", False),
        ("dinov3-license", None),
        (None, None),
    ],
)
def test_what_a_licence_allows(license_id: str | None, allowed: bool | None) -> None:
    assert allows_commercial_use(license_id) is allowed


def test_only_a_forbidding_licence_warns() -> None:
    assert licence_warning(find_card("resnet18")) is None
    warning = licence_warning(find_card("resnet18-swsl"))
    assert warning is not None
    assert "cc-by-nc-4.0" in warning


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("---\nlanguage:\n- en\nlicense: cc-by-nc-4.0\n---\n# A model", "cc-by-nc-4.0"),
        ("---\r\nlicense: 'mit'\r\n---\r\n", "mit"),
        ("---\nlicense: other\nlicense_name: seer-license\n---\n", "seer-license"),
        ("# A model\nlicense: mit\n", None),
        ("---\nlicense: mit\n", None),
        ("", None),
    ],
)
def test_a_licence_is_read_where_the_hub_keeps_it(text: str, found: str | None, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(text.encode())
    assert licence_of(ModelFolder(tmp_path)) == found


def test_a_folder_that_forbids_commercial_use_says_so_of_its_network(tmp_path: Path) -> None:
    folder = save_sequence_network("gpt2", tmp_path / "gpt2")
    (folder / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n", encoding="utf-8")
    warning = licence_warning(load_sequence_backbone(str(folder), kind="causal").card)
    assert warning is not None
    assert "cc-by-nc-4.0" in warning
