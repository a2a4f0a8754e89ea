"""The nearest stored examples of a query, exact, in float64, with ties decided and memory bounded."""

# N stored examples, B queries of a block, D features, k neighbours.

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

from injerto.strategies.heads.standardisation import row_blocks

Metric = Literal["cosine", "euclidean"]


def nearest(
    query_QD: Tensor, stored_ND: Tensor, *, k: int, metric: Metric, leave_self_out: bool = False
) -> Iterator[tuple[Tensor, Tensor]]:
    """Blocks of queries: positions and distances of their k nearest, shape (block, k) each, the nearest first.

    Cosine distance is 1 - cosine, and 1 to a zero vector. Among equal distances the example stored first wins. With
    `leave_self_out` the queries are the stored examples, and none is its own neighbour.
    """
    stored, query = stored_ND.double(), query_QD.double()
    if metric == "cosine":
        stored, query = normalize(stored), normalize(query)
    for rows in row_blocks(len(query), max(len(stored), k * stored.shape[1])):
        rough_BN = _distances(query[rows], stored, metric)
        if leave_self_out:
            rough_BN.diagonal(rows.start).fill_(torch.inf)
        position_Bk = _k_smallest(rough_BN, k)
        # |x|^2 - 2xy + |y|^2 loses the digits of a small distance, so the few that matter are computed again.
        gathered = stored[position_Bk]
        if metric == "cosine":
            distance_Bk = 1 - (gathered @ query[rows].unsqueeze(2))[..., 0]
            distance_Bk = distance_Bk.clamp_min(0)
        else:
            distance_Bk = torch.linalg.vector_norm(gathered - query[rows].unsqueeze(1), dim=2)
        order = distance_Bk.argsort(dim=1, stable=True)
        yield position_Bk.gather(1, order), distance_Bk.gather(1, order)


def _distances(query_BD: Tensor, stored_ND: Tensor, metric: Metric) -> Tensor:
    """Something that orders the stored examples by distance, shape (queries, stored)."""
    product_BN = query_BD @ stored_ND.T
    return -product_BN if metric == "cosine" else stored_ND.square().sum(1) - 2 * product_BN


def _k_smallest(value_BN: Tensor, k: int) -> Tensor:
    """Positions of the k smallest of each row, rising; `topk` would break ties in no stated order."""
    bound_B1 = value_BN.kthvalue(k, dim=1, keepdim=True).values
    below_BN, tied_BN = value_BN < bound_B1, value_BN == bound_B1
    room_B1 = k - below_BN.sum(1, keepdim=True)
    chosen_BN = below_BN | (tied_BN & (tied_BN.cumsum(1) <= room_B1))
    return chosen_BN.nonzero()[:, 1].view(-1, k)
