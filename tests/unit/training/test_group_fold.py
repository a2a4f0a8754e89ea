"""Cells of label and group that count the same, the worst of them most."""

import numpy as np
import pytest
import torch
from torch import Tensor

from injerto.core.plan import Phase
from injerto.tasks.named.image_classification import ImageClassification
from injerto.training.group_fold import GroupFold
from injerto.training.sources import FeatureSource

TARGETS = torch.tensor([0] * 20 + [1] * 4)
GROUPS = [*["a"] * 18, *["b"] * 2, *["a"] * 2, *["b"] * 2]


def fold(features: Tensor) -> GroupFold:
    head = torch.nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        head.weight.copy_(torch.eye(2))
    source = FeatureSource(features, head)
    task = ImageClassification(labels=("x", "y"))
    return GroupFold(source=source, targets=TARGETS, groups=GROUPS, where=[""] * 24, task=task)


def test_an_epoch_holds_as_many_examples_of_every_cell() -> None:
    made = fold(torch.zeros(24, 2))
    batches = made.batches(8, torch.Generator().manual_seed(0))
    drawn = [place for batch in batches for place in batch]
    cells = [(int(TARGETS[place]), GROUPS[place]) for place in drawn]
    assert len(drawn) == 24
    assert {cells.count(cell) for cell in set(cells)} == {6}
    again = made.batches(8, torch.Generator().manual_seed(0))
    assert again == batches


def test_the_loss_lies_between_the_mean_of_the_cells_and_the_worst() -> None:
    scores = torch.tensor([[2.0, 0.0]]).repeat(24, 1)  # Right for label 0, wrong for label 1.
    made = fold(scores)
    phase = Phase(name="x", epochs=1)
    batch = [0, 18, 20, 22]
    low, high = np.log1p(np.exp(-2.0)), np.log1p(np.exp(2.0))
    loss = float(made.training_loss(batch, phase, epoch=0).detach())
    assert (low + high) / 2 < loss < high
    assert float(made.training_loss([0, 18], phase, epoch=0).detach()) == pytest.approx(low, rel=1e-5)


def test_tune_is_judged_with_every_cell_the_same() -> None:
    made = fold(torch.tensor([[2.0, 0.0]]).repeat(24, 1))
    _, right = made.evaluate(before_batch=lambda: None)
    assert right == 0.5  # And not 20 of 24.
