from pathlib import Path

import pytest
from sequence_networks import save_sequence_network

from injerto.backbones.catalogue import find_card
from injerto.backbones.licences import allows_commercial_use, combine_licences, licence_of, licence_warning
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


@pytest.mark.parametrize(
    ("base", "data", "state", "result", "commerce"),
    [
        ("apache-2.0", "cc0-1.0", "fine", "apache-2.0", True),
        ("mit", "cc-by-4.0", "fine", None, True),
        ("apache-2.0", "cc-by-sa-4.0", "restricted", "cc-by-sa-4.0", True),
        ("apache-2.0", "cc-by-nc-4.0", "restricted", "cc-by-nc-4.0", False),
        ("cc-by-nc-4.0", "mit", "restricted", "cc-by-nc-4.0", False),
        ("gpl-3.0", "cc-by-nc-4.0", "clash", None, False),
        ("gpl-3.0", "odbl-1.0", "clash", None, True),
        ("gpl-3.0", "cc-by-sa-4.0", "restricted", "gpl-3.0", True),
        ("mit", "cc-by-nd-4.0", "clash", None, True),
        ("apache-2.0", None, "fine", "apache-2.0", True),
        (None, "mit", "unknown", None, None),
        ("mit", "other", "unknown", None, None),
    ],
)
def test_the_licence_of_a_model_follows_from_both(
    base: str | None, data: str | None, state: str, result: str | None, commerce: bool | None
) -> None:
    found = combine_licences(base, data)
    assert found.state == state
    assert found.commercial_use is commerce
    if result is not None:
        assert found.result == result
    assert (found.result is None) == (state in ("clash", "unknown"))


def test_duties_are_those_of_both_licences() -> None:
    assert combine_licences("mit", "cc-by-nc-sa-4.0").duties == (
        "name the source and keep its notice",
        "pass it on under the same licence",
        "no commercial use",
    )
