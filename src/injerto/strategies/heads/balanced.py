"""Balanced heads: every cell of label and group has the same weight, or the same number of examples in each draw."""

from collections import Counter
from collections.abc import Sequence
from time import perf_counter
from typing import Final

import numpy as np
import torch
from torch import Tensor

from injerto.core.seeds import derive_seed
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.logistic import STRENGTHS, fit_logistic
from injerto.strategies.heads.standardisation import Standardisation


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
    return FittedHead(head=fitted.head, facts={"solver": "balanced", **fitted.facts, **_describe(weight_N)})


_LEAST_IN_CELL: Final = 5
_MOST_IN_DRAW: Final = 2000


def fit_reweighted(
    features: Tensor,
    targets: Tensor,
    groups: Sequence[str | None],
    *,
    num_classes: int,
    draws: int,
    seed: int,
) -> FittedHead:
    """`fit_averaged` where the smallest cell has from five to some hundred examples, else `fit_balanced`.

    Of fewer than five a draw says nothing; of very many one draw says what thirty do, and weights take all of them.
    """
    cells = _cells(targets, groups)
    fewest = min(len(rows) for rows in cells)
    if draws and fewest >= _LEAST_IN_CELL and fewest * len(cells) <= _MOST_IN_DRAW:
        return fit_averaged(features, targets, groups, num_classes=num_classes, draws=draws, seed=seed)
    return fit_balanced(features, targets, groups, num_classes=num_classes)


def fit_averaged(
    features: Tensor,
    targets: Tensor,
    groups: Sequence[str | None],
    *,
    num_classes: int,
    draws: int,
    seed: int,
) -> FittedHead:
    """Deep feature reweighting as published: logistic heads on balanced draws, their weights averaged.

    Each draw holds as many examples of every cell as the smallest cell has; features are standardised over all
    examples; the penalty is chosen by cross-validation within the first draw and held. Averaging is what makes up for
    how few examples a draw has (Kirichenko et al. 2023, arXiv 2204.02937). Theirs is an L1 penalty: with ten examples
    in the smallest cell it fell to chance over a part of its strengths, and L2 over none (docs/audits.md).

    Args:
        features: shape (examples, features).
        targets: class indices, shape (examples,).
        groups: one for each example.
        num_classes: length of a score.
        draws: 1 or more.
        seed: decides the draws.
    """
    start = perf_counter()
    cells = _cells(targets, groups)
    fewest = min(len(rows) for rows in cells)
    standardise = Standardisation.of(features, torch.ones(len(features), dtype=torch.float64, device=features.device))
    generator = np.random.default_rng(derive_seed(seed, "balanced-draws"))
    strengths: Sequence[float] = STRENGTHS
    weights, biases = [], []
    for _ in range(draws):
        rows = np.concatenate([generator.permutation(one)[:fewest] for one in cells])
        drawn, target_B = standardise(features[rows]), targets[rows]
        fitted = fit_logistic(drawn, target_B, num_classes=num_classes, seed=seed, strengths=strengths)
        strengths = (float(fitted.facts["strength"]),)
        assert isinstance(fitted.head, LinearHead)
        weights.append(fitted.head.linear.weight.detach().double())
        biases.append(fitted.head.linear.bias.detach().double())
    head = LinearHead.from_weights(*standardise.fold(torch.stack(weights).mean(0), torch.stack(biases).mean(0)))
    facts = {"draws": draws, "strength": strengths[0], "seconds": perf_counter() - start}
    return FittedHead(head=head, facts={"solver": "averaged", **facts, **_describe(balance(targets, groups))})


def _cells(targets: Tensor, groups: Sequence[str | None]) -> list[np.ndarray]:
    rows: dict[tuple[int, str | None], list[int]] = {}
    for row, cell in enumerate(zip(targets.tolist(), groups, strict=True)):
        rows.setdefault(cell, []).append(row)
    return [np.array(rows[cell]) for cell in sorted(rows, key=str)]


def _describe(weight_N: Tensor) -> dict[str, float | int | str]:
    sizes = (1 / weight_N).round()
    cells = int(weight_N.sum().round())
    return {"cells": cells, "smallest_cell": int(sizes.min()), "largest_cell": int(sizes.max())}
