"""Ways to make one vector of a map or of tokens, beside the backbone's own."""

# N examples, C channels, H and W height and width, T tokens.

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from injerto.core.errors import UsageError
from injerto.core.plan import Pool

GEM_POWER: Final = 3.0
"""Between the mean, 1, and the maximum, infinity (Radenovic, Tolias and Chum 2018, arXiv 1711.02512)."""
_LEAST: Final = 1e-6


def check_pool(pool: Pool, known: Sequence[Pool], *, spec: str) -> None:
    """Raise `UsageError` for what a backbone has not."""
    if pool not in known:
        raise UsageError("pool-unfit", pool=pool, spec=spec, known=", ".join(known))


def pool_map(map_NCHW: Tensor, pool: Pool) -> Tensor:
    """`mean`, or `gem`: the generalised mean, which weighs strong activations more, of what is above zero."""
    if pool == "gem":
        return map_NCHW.clamp_min(_LEAST).pow(GEM_POWER).mean((2, 3)).pow(1 / GEM_POWER)
    return map_NCHW.mean((2, 3))


def pool_tokens(tokens_NTC: Tensor, pool: Pool, *, mask_NT: Tensor | None = None, num_prefix: int = 0) -> Tensor:
    """`cls`, the first token; `last`, the last that the mask holds; else the mean, without prefix tokens.

    Args:
        tokens_NTC: what a layer gives.
        pool: `cls`, `last` or `mean`.
        mask_NT: 1 where there is a token, padding on the right.
        num_prefix: tokens in front that are none of the image's.
    """
    if pool == "cls":
        return tokens_NTC[:, 0]
    if mask_NT is None:
        return tokens_NTC[:, num_prefix:].mean(1)
    if pool == "last":
        return tokens_NTC[torch.arange(len(tokens_NTC), device=tokens_NTC.device), mask_NT.sum(1) - 1]
    weight_NT1 = mask_NT.unsqueeze(-1).to(tokens_NTC.dtype)
    return (tokens_NTC * weight_NT1).sum(1) / weight_NT1.sum(1)
