"""The nearest stored examples of a query, exact, in float64, with ties decided and memory bounded."""

# N stored examples, B queries of a block, D features, K candidates, k neighbours.

from collections.abc import Iterator
from typing import Final, Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

from injerto.strategies.heads.standardisation import row_blocks

_SPARE: Final = 8
"""Candidates beyond 2 k whose distances are computed again, so that rounding decides neither a place nor a tie."""

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
    # Distances do not depend on the origin, but the digits that survive |x|^2 - 2 xy + |y|^2 do.
    origin = stored.mean(0) if metric == "euclidean" else torch.zeros_like(stored[0])
    near_stored, near_query = stored - origin, query - origin
    num_candidates = min(len(stored), 2 * k + _SPARE)
    for rows in row_blocks(len(query), max(len(stored), num_candidates * stored.shape[1])):
        rough_BN = _rough_distances(near_query[rows], near_stored, metric)
        if leave_self_out:
            rough_BN.diagonal(rows.start).fill_(torch.inf)
        candidate_BK = _k_smallest(rough_BN, num_candidates)
        distance_BK = _distances(query[rows], stored[candidate_BK], metric)
        if leave_self_out:
            own_B1 = torch.arange(rows.start, rows.stop, device=stored.device)[:, None]
            distance_BK = distance_BK.masked_fill(candidate_BK == own_B1, torch.inf)
        order_Bk = distance_BK.argsort(dim=1, stable=True)[:, :k]
        yield candidate_BK.gather(1, order_Bk), distance_BK.gather(1, order_Bk)


def _rough_distances(query_BD: Tensor, stored_ND: Tensor, metric: Metric) -> Tensor:
    """What orders the stored examples by distance up to rounding, shape (queries, stored)."""
    product_BN = query_BD @ stored_ND.T
    return -product_BN if metric == "cosine" else stored_ND.square().sum(1) - 2 * product_BN


def _distances(query_BD: Tensor, candidate_BKD: Tensor, metric: Metric) -> Tensor:
    """Distances of each query to its own candidates, to the last digits, shape (queries, candidates)."""
    if metric == "cosine":
        return (1 - (candidate_BKD @ query_BD[:, :, None])[..., 0]).clamp_min(0)
    away_BKD = candidate_BKD - query_BD[:, None]
    return away_BKD.square_().sum(2).sqrt_()


def _k_smallest(value_BN: Tensor, k: int) -> Tensor:
    """Positions of the k smallest of each row, rising; `topk` would break ties in no stated order."""
    bound_B1 = value_BN.kthvalue(k, dim=1, keepdim=True).values
    below_BN, tied_BN = value_BN < bound_B1, value_BN == bound_B1
    room_B1 = k - below_BN.sum(1, keepdim=True)
    chosen_BN = below_BN | (tied_BN & (tied_BN.cumsum(1) <= room_B1))
    return chosen_BN.nonzero()[:, 1].view(-1, k)
