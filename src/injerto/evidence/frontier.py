"""The frontier of fairness and accuracy: a hundred weightings of the cells, from sums of each cell alone."""

# N examples, D features, R directions, C classes, G cells, P points.

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
    spread_D, mean_D = torch.std_mean(features.double(), dim=0)
    scale_D = torch.where(spread_D > 0, spread_D, torch.inf)
    # In single precision, which is half the time; the sums and the solutions are in double.
    z_ND, test_ND = ((one.float() - mean_D.float()) / scale_D.float() for one in (features, test_features))
    basis_DR = _main_directions(z_ND)
    t_NR, test_NR = z_ND @ basis_DR, test_ND @ basis_DR
    sums = [
        Moments.of(check_examples(t_NR[rows], targets[rows], num_classes=num_classes))
        for rows in (torch.from_numpy(cells == cell) for cell in sorted(set(cells.tolist())))
    ]
    balances_P = _MOST_BALANCE * torch.arange(_POINTS, dtype=torch.float64) / (_POINTS - 1)
    weight_PRC, bias_PC = _solve(sums, balances_P, penalty)
    inside_GN = torch.stack(
        [torch.from_numpy(test_cells == cell) for cell in sorted(set(test_cells.tolist()))]
    ).double()
    share_GN = inside_GN / inside_GN.sum(1, keepdim=True)
    points = []
    for balance, weight_RC, bias_C in zip(balances_P.tolist(), weight_PRC.float(), bias_PC.float(), strict=True):
        right_N = ((test_NR @ weight_RC + bias_C).argmax(1) == test_targets).double()
        worst = float((share_GN @ right_N).min())
        points.append(FrontierPoint(balance=balance, accuracy=float(right_N.mean()), worst=min(worst, 1.0)))
    return tuple(points), perf_counter() - start


def _main_directions(z_ND: Tensor) -> Tensor:
    """The principal ones, shape (features, directions), from whichever of rows and columns there are fewer."""
    rank = min(_DIRECTIONS, *z_ND.shape)
    if len(z_ND) < z_ND.shape[1]:
        basis_DR: Tensor = torch.linalg.svd(z_ND, full_matrices=False)[2][:rank].T
    else:
        basis_DR = torch.linalg.eigh((z_ND.T @ z_ND).double())[1][:, -rank:].float()
    return basis_DR


def _solve(sums: list[Moments], balances_P: Tensor, penalty: float) -> tuple[Tensor, Tensor]:
    """Weights, shape (points, directions, classes), and biases, shape (points, classes).

    The weights of the cells have mean one over the examples, so that one penalty means the same for all weightings.
    """
    sizes_G = torch.stack([one.count for one in sums])
    weights_PG = sizes_G.pow(-balances_P[:, None])
    weights_PG = weights_PG * sizes_G.sum() / (weights_PG @ sizes_G)[:, None]
    count = sizes_G.sum()
    mean_PR = weights_PG @ torch.stack([one.sum_D for one in sums]) / count
    share_PC = weights_PG @ torch.stack([one.label_C for one in sums]) / count
    product_GRR = torch.stack([one.product_DD for one in sums])
    cross_GRC = torch.stack([one.cross_DC for one in sums])
    found = []
    for weights_G, mean_R, share_C in zip(weights_PG, mean_PR, share_PC, strict=True):
        gram_RR = torch.tensordot(weights_G, product_GRR, 1) - count * torch.outer(mean_R, mean_R)
        cross_RC = torch.tensordot(weights_G, cross_GRC, 1) - count * torch.outer(mean_R, share_C)
        gram_RR.diagonal().add_(float(count) * penalty)
        found.append(torch.cholesky_solve(cross_RC, torch.linalg.cholesky(gram_RR)))
    weight_PRC = torch.stack(found)
    return weight_PRC, share_PC - torch.einsum("pr,prc->pc", mean_PR, weight_PRC)
