from pathlib import Path

import torch

from injerto.activations.store.entry import StoreKey
from injerto.activations.store.store import ActivationStore
from injerto.core.hashing import digest_text
from injerto.training.rows_on_device import open_ragged_rows, open_rows

CPU = torch.device("cpu")


def stored(folder: Path, values: list[torch.Tensor], *, ragged: bool) -> tuple[ActivationStore, StoreKey, list[str]]:
    store = ActivationStore(folder)
    key = StoreKey(backbone="b", contract="c", point="p", pool="pooled", ragged=ragged, title="t")
    names = [digest_text(str(number)) for number in range(len(values))]
    store.save(key, names, values)
    return store, key, names


def test_rows_come_by_position(tmp_path: Path) -> None:
    values = [torch.full((2, 3), float(number)) for number in range(5)]
    store, key, names = stored(tmp_path, values, ragged=False)
    rows = open_rows(store.load(key, names)[0].select(names), CPU)
    assert torch.equal(rows([3, 0]).values, torch.stack([values[3], values[0]]))


def test_texts_are_padded_to_the_longest_of_the_batch(tmp_path: Path) -> None:
    values = [torch.full((number + 1, 2), float(number)) for number in range(4)]
    store, key, names = stored(tmp_path, values, ragged=True)
    rows = open_ragged_rows(store.load(key, names)[0].select(names), CPU)
    read = rows([0, 2])
    found = read.values
    assert list(read.counts) == [1, 3]
    assert found.shape == (2, 3, 2)
    assert torch.equal(found[1], values[2])
    assert found[0, 1:].eq(0).all()
