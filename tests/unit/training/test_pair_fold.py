"""Pairs: what the loss asks for, and that a batch has any."""

import torch

from injerto.training.pair_fold import PairFold, pair_loss
from injerto.training.sources import FeatureSource


def test_the_loss_is_zero_where_labels_lie_on_one_ray_each() -> None:
    features = torch.tensor([[1.0, 0], [3, 0], [0, 2], [0, 1]])
    assert float(pair_loss(features, torch.tensor([0, 0, 1, 1]))) == 0
    # The other way round: both same pairs are a right angle, and two of the four others are equal.
    assert float(pair_loss(features, torch.tensor([0, 1, 0, 1]))) == (1 + 0.5) / 2


def test_every_example_is_in_one_batch_beside_a_mate() -> None:
    targets = torch.tensor([i % 7 for i in range(42)])
    fold = PairFold(source=FeatureSource(torch.eye(42), torch.nn.Linear(42, 2)), targets=targets, where=[""] * 42)
    batches = fold.batches(8, torch.Generator().manual_seed(0))
    assert sorted(i for batch in batches for i in batch) == list(range(42))
    for batch in batches:
        labels = targets[batch].tolist()
        assert all(labels.count(label) > 1 for label in labels)


def test_labels_without_a_mate_still_train() -> None:
    fold = PairFold(source=FeatureSource(torch.eye(9), torch.nn.Linear(9, 2)), targets=torch.arange(9), where=[""] * 9)
    batches = fold.batches(4, torch.Generator().manual_seed(0))
    assert [len(batch) for batch in batches] == [4, 5]
    with torch.no_grad():
        loss, right = fold.evaluate(before_batch=lambda: None)
    assert loss >= 0
    assert right == 0
