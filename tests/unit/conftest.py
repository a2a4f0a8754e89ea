"""What the unit tests share beside what all tests do."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def bert_folder(save_text_model: Callable[[str], Path], tmp_path: Path) -> Path:
    """A copy of a small BERT that a test may spoil."""
    source = save_text_model("bert")
    target = tmp_path / "bert"
    target.mkdir()
    for file in source.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    return target


@pytest.fixture
def shared_weights() -> Path:
    """The real weights beside the repository."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "weights"
    if not folder.is_dir():
        pytest.skip(f"no shared weights at {folder}")
    return folder


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No network, and no cache but an empty one."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", os.fspath(tmp_path / "hub"))
