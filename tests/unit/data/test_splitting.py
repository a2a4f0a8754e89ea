"""Which splits are kept and which are made, and what is said of it."""

from collections import Counter

import numpy as np
import pytest

from injerto.core.errors import DataError, UsageError
from injerto.core.survey import Modality, Split
from injerto.data.items import Text
from injerto.data.labelled import Example, LabelledData
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits


def _given(**sizes: int) -> LabelledData:
    names: dict[str, Split] = {"train": "train", "tune": "tune", "test": "test"}
    examples = tuple(
        Example(item=Text(f"{name} {i}"), labels=("ab"[i % 2],), where=f"{name} row {i + 1}", split=names[name])
        for name, size in sizes.items()
        for i in range(size)
    )
    return LabelledData(source="given", modality=Modality.TEXT, examples=examples, labels=("a", "b"))


def _sizes(data: LabelledData) -> tuple[int, int, int]:
    splits = make_splits(data, seed=0)
    return len(splits.train), len(splits.tune), len(splits.test)


def test_three_given_splits_are_kept() -> None:
    assert _sizes(_given(train=20, tune=6, test=8)) == (20, 6, 8)
    assert make_splits(_given(train=20, tune=6, test=8), seed=0).origin.startswith("given: train, tune and test")


def test_tune_is_taken_from_a_given_train() -> None:
    assert _sizes(_given(train=40, test=8)) == (34, 6, 8)
    assert "tune taken from train (15 %)" in make_splits(_given(train=40, test=8), seed=0).origin


def test_given_validation_serves_as_test_when_there_is_none() -> None:
    assert _sizes(_given(train=40, tune=8)) == (34, 6, 8)
    assert "validation split serves as test" in make_splits(_given(train=40, tune=8), seed=0).origin


def test_train_alone_is_divided_like_data_without_splits() -> None:
    assert _sizes(_given(train=100)) == (65, 15, 20)


def test_test_without_train_is_refused() -> None:
    with pytest.raises(DataError, match="no training split: found only test, tune"):
        make_splits(_given(tune=10, test=10), seed=0)


@pytest.mark.parametrize("shares", [(0.0, 0.2), (0.5, 0.5), (-0.1, 0.2)])
def test_shares_that_leave_no_train_are_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(UsageError, match="leave too little to train on"):
        make_splits(_given(train=20), seed=0, tune_share=shares[0], test_share=shares[1])


def test_shares_are_kept_by_class() -> None:
    data = _given(train=200)
    splits = make_splits(data, seed=3, tune_share=0.1, test_share=0.3)
    targets = data.targets()
    assert [np.bincount(targets[part]).tolist() for part in (splits.train, splits.tune, splits.test)] == [
        [60, 60],
        [10, 10],
        [30, 30],
    ]


def test_another_seed_gives_another_division() -> None:
    first, second = make_splits(_given(train=100), seed=0), make_splits(_given(train=100), seed=1)
    assert not np.array_equal(first.test, second.test)


def test_division_is_the_same_on_every_machine() -> None:
    # Recorded once: it must never change, or a resumed or repeated run would test on what it trained on.
    assert make_splits(_given(train=20), seed=0).test.tolist() == [3, 4, 11, 14]


def test_many_labels_are_stratified_by_each_label() -> None:
    random = np.random.default_rng(0)
    rows = [
        [name for name, rate in (("often", 0.5), ("some", 0.2), ("rare", 0.05)) if random.random() < rate]
        for _ in range(400)
    ]
    data = read_data(([f"text {i}" for i in range(400)], rows))
    splits = make_splits(data, seed=0)
    totals = Counter(label for row in rows for label in row)
    for part, share in ((splits.train, 0.65), (splits.tune, 0.15), (splits.test, 0.2)):
        counts = Counter(label for i in part for label in rows[int(i)])
        for label, total in totals.items():
            assert abs(counts[label] - share * total) <= 0.1 * total


def test_leak_between_tune_and_test_is_dropped_from_tune() -> None:
    data = _given(train=20, tune=6, test=6)
    copy = Example(item=Text("test 0"), labels=("a",), where="copy", split="tune")
    doubled = LabelledData(source="x", modality=Modality.TEXT, examples=(*data.examples, copy), labels=("a", "b"))
    splits = make_splits(doubled, seed=0)
    assert (len(splits.tune), len(splits.test), splits.num_leaks) == (6, 6, 0)
    assert [problem.where for problem in splits.problems] == ["copy"]


def test_groups_stay_together_and_are_named_in_the_origin() -> None:
    examples = tuple(
        Example(item=Text(f"t {i}"), labels=("ab"[i % 2],), where="x", group=f"speaker {i // 5}") for i in range(60)
    )
    data = LabelledData(
        source="x", modality=Modality.TEXT, examples=examples, labels=("a", "b"), columns={"who": "group"}
    )
    splits = make_splits(data, seed=0)
    groups = [{examples[int(i)].group for i in part} for part in (splits.train, splits.tune, splits.test)]
    assert sum(map(len, groups)) == 12
    assert all(groups)
    assert "equal who stay together" in splits.origin
