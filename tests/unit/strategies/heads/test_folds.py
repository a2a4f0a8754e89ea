"""Folds are even, follow the seed, and never take the last example of a class away."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from injerto.strategies.heads.folds import ALWAYS_TRAIN, assign_folds


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.integers(2, 7), st.integers(0, 2**62))
def test_every_class_stays_learnable_and_folds_are_even(labels: list[int], num_folds: int, seed: int) -> None:
    label = torch.tensor(labels)
    folds = assign_folds(label, num_folds=num_folds, seed=seed)
    for fold in range(num_folds):
        assert set(label[folds == fold].tolist()) <= set(label[folds != fold].tolist())
    sizes = torch.bincount(folds[folds != ALWAYS_TRAIN], minlength=num_folds)
    assert sizes.max() - sizes.min() <= 1
    assert all(labels.count(one) == 1 for one in label[folds == ALWAYS_TRAIN].tolist())


def test_the_seed_decides() -> None:
    labels = torch.zeros(50, dtype=torch.int64)
    first, again, other = (assign_folds(labels, num_folds=5, seed=seed) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
