"""Shares that may be zero, as scores: mixed with a little of the uniform distribution before the logarithm."""

from typing import Annotated, Final

from pydantic import Field
from torch import Tensor

Smoothing = Annotated[float, Field(gt=0, lt=1, description="part of the uniform distribution in the probabilities")]

TRACE: Final = 5e-7
"""Smoothing that keeps a score finite and a probability within 1e-6 of the share it comes from."""


def log_shares(share_BC: Tensor, smoothing: float) -> Tensor:
    """log((1 - smoothing) * share + smoothing / classes), same shape; its softmax is the mixture itself."""
    return ((1 - smoothing) * share_BC + smoothing / share_BC.shape[1]).log()
