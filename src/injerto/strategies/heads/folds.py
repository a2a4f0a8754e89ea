"""Folds for cross-validation in which every class that can be left out stays learnable."""

import torch
from torch import Tensor

ALWAYS_TRAIN = -1
"""Fold of an example that is never left out: the only one of its class."""


def assign_folds(labels: Tensor, *, num_folds: int, seed: int) -> Tensor:
    """A fold for every example, shape (examples,): shuffled within its class and dealt out in turn.

    Classes of two or more lie in two or more folds, so that no fold's training part lacks a class that its validation
    part has. The dealing of a class goes on where the last one stopped, so that the folds are of equal size even where
    every class is small.

    >>> assign_folds(torch.tensor([0, 0, 1, 1, 2]), num_folds=2, seed=0).tolist()[-1]
    -1
    """
    generator = torch.Generator().manual_seed(seed)
    folds = torch.full((len(labels),), ALWAYS_TRAIN, dtype=torch.int64)
    dealt = 0
    for label in sorted(set(labels.tolist())):
        members = (labels == label).nonzero()[:, 0].cpu()
        if len(members) > 1:
            shuffled = members[torch.randperm(len(members), generator=generator)]
            folds[shuffled] = torch.arange(dealt, dealt + len(members)) % num_folds
            dealt += len(members)
    return folds.to(labels.device)
