from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from injerto.activations.store import ActivationStore, StoreKey

KEY = StoreKey(backbone="b", contract="c", point="output", pool="pooled")
RAGGED = KEY.model_copy(update={"ragged": True})


def segments(store: ActivationStore) -> list[Path]:
    return sorted(store.folder.rglob("*.safetensors"))


def test_what_was_saved_is_read_back_bit_for_bit(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    values = torch.randn(3, 4)
    store.save(KEY, ["x", "y", "z"], list(values))
    stored = store.load(KEY)
    assert [torch.equal(stored.read(d), v) for d, v in zip("xyz", values, strict=True)] == [True] * 3
    assert "w" not in stored


@settings(max_examples=30, deadline=None)
@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=8), width=st.integers(1, 5))
def test_ragged_values_keep_their_lengths(tmp_path_factory: pytest.TempPathFactory, lengths, width) -> None:
    store = ActivationStore(tmp_path_factory.mktemp("store"))
    values = [torch.randn(length, width) for length in lengths]
    digests = [str(number) for number in range(len(lengths))]
    store.save(RAGGED, digests, values)
    stored = store.load(RAGGED)
    assert all(torch.equal(stored.read(d), v) for d, v in zip(digests, values, strict=True))


def test_another_key_finds_nothing(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    store.save(KEY, ["x"], [torch.ones(2)])
    for field in ("backbone", "contract", "point", "pool"):
        assert "x" not in store.load(KEY.model_copy(update={field: "other"}))


@pytest.mark.parametrize("place", [10, -3])
def test_a_flipped_byte_is_a_miss_and_the_segment_goes(tmp_path: Path, place: int) -> None:
    store = ActivationStore(tmp_path)
    store.save(KEY, ["x"], [torch.ones(64)])
    (file,) = segments(store)
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(bytes(content))
    assert "x" not in store.load(KEY)
    assert segments(store) == []


def test_a_truncated_segment_is_a_miss(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    store.save(KEY, ["x"], [torch.ones(64)])
    (file,) = segments(store)
    file.write_bytes(file.read_bytes()[:100])
    assert "x" not in store.load(KEY)


def test_verify_removes_only_what_is_damaged(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    store.save(KEY, ["x"], [torch.ones(64)])
    store.save(KEY, ["y"], [torch.zeros(64)])
    bad = segments(store)[0]
    bad.write_bytes(b"not a tensor")
    assert store.verify() == [bad]
    assert len(segments(store)) == 1


def test_prune_deletes_the_least_recently_used_first(tmp_path: Path) -> None:
    import os

    store = ActivationStore(tmp_path)
    other = KEY.model_copy(update={"point": "other"})
    store.save(KEY, ["x"], [torch.ones(1000)])
    store.save(other, ["x"], [torch.ones(1000)])
    old = store.folder / KEY.digest()
    os.utime(old, (1, 1))
    store.prune(max_bytes=5000)
    assert [entry.key for entry in store.list_entries()] == [other]
    store.prune(max_bytes=0)
    assert store.list_entries() == ()


def test_entries_are_described(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    store.save(KEY, ["x", "y"], [torch.ones(8), torch.ones(8)])
    (entry,) = store.list_entries()
    assert (entry.num_examples, entry.num_segments, entry.key) == (2, 1, KEY)
    assert entry.num_bytes > 64


def test_an_empty_store_lists_nothing(tmp_path: Path) -> None:
    assert ActivationStore(tmp_path / "never").list_entries() == ()
