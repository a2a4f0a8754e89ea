from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from injerto.activations.store.precision import encode
from injerto.activations.store.segment import DamagedSegmentError, Segment, segment_bytes
from injerto.core.hashing import digest_text

NAMES = [digest_text(name) for name in "ab"]


def written(path: Path, **tensors: torch.Tensor) -> Path:
    values = torch.arange(6.0).reshape(3, 2)
    path.write_bytes(segment_bytes(NAMES, [1, 2], encode(values, "fp16", scaled_dims=1)))
    return path


def test_it_is_a_safetensors_file(tmp_path: Path) -> None:
    tensors = load_file(written(tmp_path / "s.safetensors"))
    assert bytes(tensors["names"][1].tolist()).hex() == NAMES[1]
    assert tensors["starts"].tolist() == [0, 1, 3]
    assert torch.equal(tensors["values"].float(), torch.arange(6.0).reshape(3, 2))


def test_rows_are_views_of_the_file(tmp_path: Path) -> None:
    segment = Segment.open(written(tmp_path / "s.safetensors"))
    assert segment.values.base is not None
    values, scale = segment.read(1)
    assert values.tolist() == [[2, 3], [4, 5]]
    assert scale is None
    assert segment.verify(range(2))


TWO = b"\2" + bytes(7)


@pytest.mark.parametrize(
    "content", [b"", bytes(8), b"\5" + bytes(7) + b"{}", b"\xff" * 8, TWO + b"{}", TWO + b"[]", b"no"]
)
def test_what_is_no_segment_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.safetensors").write_bytes(content)
    with pytest.raises(DamagedSegmentError):
        Segment.open(tmp_path / "s.safetensors")


def test_a_segment_that_is_gone_is_not_called_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Segment.open(tmp_path / "s.safetensors")
