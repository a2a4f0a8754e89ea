"""The balanced head: ridge regression in which every cell of label and group has the same weight."""

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.head import FittedHead


def balance(targets: Tensor, groups: Sequence[str | None]) -> Tensor:
    """Weight of each example, shape (examples,): one over the size of its cell of label and group.

    Examples without a group are a group of their own.

    >>> balance(torch.tensor([0, 0, 0, 1]), ["a", "a", "b", "a"]).tolist()
    [0.5, 0.5, 1.0, 1.0]
    """
    cells = list(zip(targets.tolist(), groups, strict=True))
    sizes = Counter(cells)
    return torch.tensor([1 / sizes[cell] for cell in cells], dtype=torch.float64)


def fit_balanced(features: Tensor, targets: Tensor, groups: Sequence[str | None], *, num_classes: int) -> FittedHead:
    """`fit_ridge` with the weights of `balance`; its penalty is chosen by leave-one-out in the same weights.

    So the penalty too is the one under which a rare cell is answered as well as a frequent one. The temperature that is
    set on tune afterwards is that of the data as they are.
    """
    weight_N = balance(targets, groups)
    fitted = fit_ridge(features, targets, num_classes=num_classes, sample_weight=weight_N)
    sizes = (1 / weight_N).round()
    facts = {"cells": int(weight_N.sum().round()), "smallest_cell": int(sizes.min()), "largest_cell": int(sizes.max())}
    return FittedHead(head=fitted.head, facts={"solver": "balanced", **fitted.facts, **facts})
