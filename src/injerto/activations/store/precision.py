"""How activations are stored: in fewer bits than they are computed in, with the error that this makes measured."""

from dataclasses import dataclass
from typing import Final, Literal

import torch
from torch import Tensor

Precision = Literal["fp32", "fp16", "bf16", "int8"]

_DTYPES: Final[dict[Precision, torch.dtype]] = {
    "fp32": torch.float32,
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
    "int8": torch.int8,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """Values as they are stored. `scale` has the shape of the leading dimensions of `values`; only int8 has one."""

    values: Tensor
    scale: Tensor | None
    error: float
    """Root mean square of what storing changed, relative to that of the values."""


def encode(values: Tensor, precision: Precision, *, scaled_dims: int) -> Encoded:
    """Round float32 values to `precision`.

    int8 is symmetric, with one scale for each index of the first `scaled_dims` dimensions: a channel of an image's
    map, a token of a text. Where fp16 would overflow, at 65,504, values stay in float32.
    """
    values = values.detach().to(device="cpu", dtype=torch.float32).contiguous()
    if precision == "int8" and values.numel():
        flat = values.reshape(*values.shape[:scaled_dims], -1)
        scale = flat.abs().amax(-1).clamp_min(torch.finfo(torch.float32).tiny) / 127
        rounded = (flat / scale[..., None]).round().clamp(-127, 127).to(torch.int8).reshape(values.shape)
        return Encoded(values=rounded, scale=scale, error=_error(decode(rounded, scale), values))
    stored = values.to(_DTYPES[precision])
    if not torch.isfinite(stored).all():
        stored = values
    return Encoded(values=stored, scale=None, error=_error(stored.float(), values))


def decode(values: Tensor, scale: Tensor | None) -> Tensor:
    """Stored values as float32."""
    if scale is None:
        return values.float()
    return values.float() * scale.reshape(*scale.shape, *(1,) * (values.ndim - scale.ndim))


def _error(stored: Tensor, values: Tensor) -> float:
    size = values.square().mean().sqrt()
    return float((stored - values).square().mean().sqrt() / size) if size > 0 else 0.0
