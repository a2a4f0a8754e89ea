"""The frontier of fairness and accuracy: a hundred weightings of the cells, from sums of each cell alone."""

# N examples, D features, R directions, C classes, G cells.

from time import perf_counter
from typing import Final

import torch
from torch import Tensor

from injerto.core.mending import FrontierPoint
from injerto.data.arrays import Ints
from injerto.strategies.heads.examples import check_examples
from injerto.strategies.heads.moments import Moments

_POINTS: Final = 100
_MOST_BALANCE: Final = 2.0
_DIRECTIONS: Final = 256
"""Principal directions of the training features in which all of them are solved: a hundred solutions of thousands of
features would take minutes."""


def measure_frontier(
    features: Tensor,
    targets: Tensor,
    cells: Ints,
    *,
    test_features: Tensor,
    test_targets: Tensor,
    test_cells: Ints,
    num_classes: int,
    penalty: float,
) -> tuple[tuple[FrontierPoint, ...], float]:
    """Ridge heads whose cells weigh size^(1 - b) for b from 0 to 2, and the seconds that all of them took.

    For each cell the sums are made once; a weighting adds them and is one solve. Accuracy and the accuracy of the worst
    cell are of the test examples: who chooses a point by them measures it again on others.
    """
    start = perf_counter()
    mean_D, spread_D = features.double().mean(0), features.double().std(0)
    scale_D = torch.where(spread_D > 0, spread_D, torch.inf)
    z_ND, test_ND = ((one.double() - mean_D) / scale_D for one in (features, test_features))
    basis_DR = _main_directions(z_ND)
    t_NR, test_NR = z_ND @ basis_DR, test_ND @ basis_DR
    sums = []
    for cell in sorted(set(cells.tolist())):
        rows = torch.from_numpy(cells == cell)
        sums.append(Moments.of(check_examples(t_NR[rows], targets[rows], num_classes=num_classes)))
    points = []
    for step in range(_POINTS):
        balance = _MOST_BALANCE * step / (_POINTS - 1)
        weight_RC, bias_C = _solve(sums, balance, penalty)
        told = (test_NR @ weight_RC + bias_C).argmax(1)
        right = (told == test_targets).double().numpy()
        worst = min(float(right[test_cells == cell].mean()) for cell in set(test_cells.tolist()))
        points.append(FrontierPoint(balance=balance, accuracy=float(right.mean()), worst=worst))
    return tuple(points), perf_counter() - start


def _main_directions(z_ND: Tensor) -> Tensor:
    """The principal ones, shape (features, directions), from whichever of rows and columns there are fewer."""
    rank = min(_DIRECTIONS, *z_ND.shape)
    if len(z_ND) < z_ND.shape[1]:
        basis_DR: Tensor = torch.linalg.svd(z_ND, full_matrices=False)[2][:rank].T
    else:
        basis_DR = torch.linalg.eigh(z_ND.T @ z_ND)[1][:, -rank:]
    return basis_DR


def _solve(sums: list[Moments], balance: float, penalty: float) -> tuple[Tensor, Tensor]:
    """Weight, shape (directions, classes), and bias, shape (classes,).

    The weights have mean one over the examples, so that one penalty means the same for all weightings.
    """
    sizes = torch.stack([one.count for one in sums])
    weights = sizes.pow(-balance)
    weights = weights * sizes.sum() / (weights * sizes).sum()
    total = Moments.zeros(len(sums[0].sum_D), len(sums[0].label_C))
    for one, weight in zip(sums, weights.tolist(), strict=True):
        total = total.plus(one, weight=weight)
    mean_R, share_C = total.sum_D / total.count, total.label_C / total.count
    gram_RR = total.product_DD - total.count * torch.outer(mean_R, mean_R)
    cross_RC = total.cross_DC - total.count * torch.outer(mean_R, share_C)
    gram_RR.diagonal().add_(float(total.count) * penalty)
    weight_RC = torch.linalg.solve(gram_RR, cross_RC)
    return weight_RC, share_C - mean_R @ weight_RC
