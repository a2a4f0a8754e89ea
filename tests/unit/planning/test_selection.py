from pathlib import Path

import numpy as np

from injerto.core.survey import Modality
from injerto.data.items import Text
from injerto.data.labelled import Example, LabelledData, Splits
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.planning.selection import make_selections


def test_small_data_are_judged_whole_and_never_by_what_trained_them(pictures: Path) -> None:
    data = read_data(pictures)
    splits = make_splits(data, seed=0)
    selections = make_selections(data, splits, seed=0)
    assert len(selections) == 3
    judged = np.concatenate([one.test for one in selections])
    assert sorted(judged) == sorted([*splits.train, *splits.tune])
    for one in selections:
        parts = [set(map(int, part)) for part in (one.train, one.tune, one.test)]
        assert not parts[0] & parts[1]
        assert not parts[2] & (parts[0] | parts[1])
        assert not set(map(int, splits.test)) & set().union(*parts)


def texts(number: int) -> LabelledData:
    examples = tuple(
        Example(item=Text(f"text {i}"), labels=(f"{i % 2}",), where=f"row {i}", group=f"{i // 4}")
        for i in range(number)
    )
    return LabelledData(
        source="x", modality=Modality.TEXT, examples=examples, labels=("0", "1"), columns={"g": "group"}
    )


def test_large_data_have_one_division_and_groups_stay_whole() -> None:
    data = texts(1600)
    splits = make_splits(data, seed=1)
    (only,) = make_selections(data, splits, seed=1)
    groups = [{data.examples[int(i)].group for i in part} for part in (only.train, only.tune, only.test)]
    assert not groups[0] & groups[1]
    assert not groups[2] & (groups[0] | groups[1])
    assert 0.15 < len(only.test) / (len(splits.train) + len(splits.tune)) < 0.25


def test_the_same_seed_divides_the_same() -> None:
    data = texts(200)
    splits = make_splits(data, seed=1)
    first, second, other = (make_selections(data, splits, seed=seed) for seed in (3, 3, 4))
    assert all(np.array_equal(a.test, b.test) for a, b in zip(first, second, strict=True))
    assert not all(np.array_equal(a.test, b.test) for a, b in zip(first, other, strict=True))


def test_a_class_that_a_trial_learned_nothing_of_does_not_judge_it() -> None:
    sizes = [1 + label % 4 for label in range(40)]
    named = [f"{label:02}" for label, size in enumerate(sizes) for _ in range(size)]
    examples = tuple(
        Example(item=Text(f"text {i}"), labels=(label,), where=f"row {i}") for i, label in enumerate(named)
    )
    data = LabelledData(source="x", modality=Modality.TEXT, examples=examples, labels=tuple(sorted(set(named))))
    everyone = np.arange(len(named))
    selections = make_selections(data, Splits(train=everyone, tune=everyone[:0], test=everyone[:0], origin=""), seed=0)
    targets = data.targets()
    for one in selections:
        learned = set(targets[one.train])
        assert set(targets[one.test]) <= learned
        assert set(targets[one.tune]) <= learned
    judged = np.concatenate([one.test for one in selections])
    assert len(judged) == len(set(judged))
    # Ten classes have one example, which judges nobody; most of the others learn from some and judge by others.
    assert 0.5 * len(named) < len(judged) <= len(named) - 10
