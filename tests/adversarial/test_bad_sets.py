"""Sets whose splits, classes or groups are in trouble."""

from pathlib import Path

import pytest
from bad_data import make_rows, only_problem, write_table

from injerto.core.errors import DataError
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits


def test_class_with_one_example_is_kept_in_train_and_reported(tmp_path: Path) -> None:
    data = read_data(write_table(tmp_path / "t.csv", [*make_rows(40), "the only one of its kind,rare"]))
    problem = only_problem(data.problems, "class-single")
    assert problem.where.endswith("line 42")
    assert "kept in train" in problem.action
    assert 40 in make_splits(data, seed=0).train


def test_copy_of_a_test_example_is_dropped_from_train(tmp_path: Path) -> None:
    write_table(tmp_path / "train.csv", [*make_rows(30), "leaked,yes", "leaked,yes"])
    write_table(tmp_path / "test.csv", ["leaked,yes", "fresh,no"])
    data = read_data(tmp_path)
    splits = make_splits(data, seed=0)
    texts = {data.examples[int(i)].item.digest for i in (*splits.train, *splits.tune)}
    assert not texts & {data.examples[int(i)].item.digest for i in splits.test}
    assert len(splits.test) == 2
    assert splits.num_leaks == 1
    leaks = [problem for problem in splits.problems if problem.code == "leak"]
    assert [leak.where.rsplit("/")[-1] for leak in leaks] == ["train.csv, line 32", "train.csv, line 33"]
    assert "dropped from train" in leaks[0].action


def test_content_with_two_labels_is_listed_as_conflict(tmp_path: Path) -> None:
    data = read_data(write_table(tmp_path / "t.csv", [*make_rows(30), "twice,yes", "twice,no"]))
    problem = only_problem(make_splits(data, seed=0).problems, "conflict")
    assert "no; yes" in problem.what
    assert "line 32" in problem.where
    assert "line 33" in problem.where


def test_label_that_only_the_test_split_has_is_reported(tmp_path: Path) -> None:
    write_table(tmp_path / "train.csv", make_rows(30))
    write_table(tmp_path / "test.csv", ["something new,maybe", "something old,no"])
    problem = only_problem(make_splits(read_data(tmp_path), seed=0).problems, "label-unseen")
    assert "maybe is in test but not in train" in problem.what


def test_group_in_two_given_splits_is_reported(tmp_path: Path) -> None:
    rows = [f"sentence {i},{'ab'[i % 2]},p{i % 5}" for i in range(20)]
    write_table(tmp_path / "train.csv", rows, header="text,label,patient")
    write_table(tmp_path / "test.csv", ["another,a,p3", "one more,b,p9"], header="text,label,patient")
    problem = only_problem(make_splits(read_data(tmp_path), seed=0).problems, "group-crosses")
    assert "group p3 is in test and train" in problem.what


@pytest.mark.parametrize(
    ("labels", "key"),
    [(["a", "b", "a", "b"], "split-too-few"), (["a"] * 9 + ["b"], "split-too-few"), (["a", "b"] * 5, None)],
)
def test_too_few_examples_to_split_are_refused(labels: list[str], key: str | None) -> None:
    data = read_data(([f"sentence {i}" for i in range(len(labels))], labels))
    if key is None:
        assert all(map(len, (make_splits(data, seed=0).train, make_splits(data, seed=0).test)))
        return
    with pytest.raises(DataError, match="Add examples: at least 6") as caught:
        make_splits(data, seed=0)
    assert caught.value.key == key


def test_too_few_groups_to_split_are_refused(tmp_path: Path) -> None:
    rows = [f"sentence {i},{'ab'[i % 2]},{'xy'[i // 10]}" for i in range(20)]
    data = read_data(write_table(tmp_path / "t.csv", rows, header="text,label,speaker"))
    with pytest.raises(DataError, match="only 2 independent groups of examples, and 3 are needed"):
        make_splits(data, seed=0)


def test_strong_imbalance_leaves_the_rare_class_in_every_split(tmp_path: Path) -> None:
    rows = [f"sentence {i},common" for i in range(3000)] + [f"rarity {i},rare" for i in range(10)]
    data = read_data(write_table(tmp_path / "t.csv", rows))
    splits = make_splits(data, seed=0)
    targets = data.targets()
    assert [int((targets[part] == 1).sum()) for part in (splits.train, splits.tune, splits.test)] in (
        [7, 1, 2],
        [6, 2, 2],
    )
