"""Class shares of the training split in a head's scores, and how to take them out."""

# C classes.

from typing import Final

import torch
from torch import Tensor

from injerto.strategies.heads.head import AbstractHead
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.projected import ProjectedHead

_ALMOST_NONE: Final = 1e-12


@torch.no_grad()
def even_out(head: AbstractHead, share_C: Tensor) -> None:
    """Make a head of one label an example score as if every class were as frequent as any other, in place.

    The log of its training share is taken from each score, which is Bayes' rule for a changed prior; classes without
    examples stay as they are. Raises `TypeError` for a head without biases to move.

    References:
        Menon et al. 2021, Long-tail learning via logit adjustment, arXiv 2007.07314.
    """
    linear = head.linear if isinstance(head, LinearHead | ProjectedHead) else None
    if linear is None:
        raise TypeError(f"{head.name} has no biases")
    present_C = share_C > _ALMOST_NONE
    log_share_C = torch.where(present_C, share_C.clamp_min(_ALMOST_NONE).log(), 0.0)
    # Centred, so that scores stay around zero.
    shift_C = torch.where(present_C, log_share_C - log_share_C[present_C].mean(), 0.0)
    linear.bias.sub_(shift_C.to(linear.bias))
