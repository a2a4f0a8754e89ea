"""A ledger on disk: the same sums back, and no belief in a file that has changed."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from injerto.activations.ledger.ledger import Ledger
from injerto.activations.ledger.ledger_file import load_ledger, save_ledger
from injerto.core.errors import DataError


def make_ledger() -> Ledger:
    ledger = Ledger(3, 2, by_class=True, source="ab12")
    ledger.add(torch.randn(6, 3), torch.tensor([0, 1, 0, 1, 0, 1]), groups=list("xxyyzz"), users=["é", "b"] * 3)
    return ledger


def assert_equal(found: Ledger, wanted: Ledger) -> None:
    assert (found.num_classes, found.multi_label, found.by_class, found.source) == (
        wanted.num_classes,
        wanted.multi_label,
        wanted.by_class,
        wanted.source,
    )
    left, right = list(found.cells()), list(wanted.cells())
    assert [cell for cell, _ in left] == [cell for cell, _ in right]
    for (_, a), (_, b) in zip(left, right, strict=True):
        assert all(torch.equal(getattr(a, name), getattr(b, name)) for name in ("count", "product_DD", "cross_DC"))


def test_there_and_back(tmp_path: Path) -> None:
    for name, ledger in (("full", make_ledger()), ("empty", Ledger(3, 2, multi_label=True))):
        save_ledger(ledger, tmp_path / name)
        assert_equal(load_ledger(tmp_path / name), ledger)


def test_a_loaded_ledger_goes_on(tmp_path: Path) -> None:
    ledger = make_ledger()
    save_ledger(ledger, tmp_path / "l")
    loaded = load_ledger(tmp_path / "l")
    assert_equal(loaded.without(user="é"), ledger.without(user="é"))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_damage_is_ever_believed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("ledger") / "l"
    ledger = make_ledger()
    save_ledger(ledger, path)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[place:]
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match="D159"):
        load_ledger(path)


def test_no_file_and_another_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="D158"):
        load_ledger(tmp_path / "none")
    (tmp_path / "other").write_text("hello")
    with pytest.raises(DataError, match="D159"):
        load_ledger(tmp_path / "other")
