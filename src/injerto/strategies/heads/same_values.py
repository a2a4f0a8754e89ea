"""Whether a head was asked for the same numbers before."""

import torch
import xxhash
from torch import Tensor


def digest_tensors(*tensors: Tensor) -> bytes:
    """128 bits of xxHash of shapes, types, devices and values."""
    state = xxhash.xxh3_128()
    for tensor in tensors:
        state.update(f"{tuple(tensor.shape)}{tensor.dtype}{tensor.device}".encode())
        state.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return state.digest()
