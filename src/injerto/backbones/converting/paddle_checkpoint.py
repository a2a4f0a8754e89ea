"""Tensors of a `.pdparams` file, which PaddlePaddle writes as a pickle of NumPy arrays; nothing of it is run."""

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from injerto.backbones.converting.pickled import Call, Name, read_pickle
from injerto.core.errors import ModelError

_KINDS: Final = frozenset({"f4", "f8", "f2", "i8", "i4", "i2", "i1", "u1", "b1"})
_MOST_BYTES: Final = 8 << 30


def read_paddle_checkpoint(path: Path) -> dict[str, Tensor]:
    """Tensors by name; raises `ModelError` where it is no such file."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ModelError("checkpoint-unfit", path=path, why="it is larger than 8 GiB")
        content = read_pickle(path.read_bytes(), where=str(path))
    except OSError as error:
        raise ModelError("checkpoint-unfit", path=path, why=error.strerror or error) from error
    if not isinstance(content, dict):
        raise ModelError("checkpoint-unfit", path=path, why="it holds no dictionary")
    found = {str(name): _array(value, path) for name, value in content.items() if _is_array(value)}
    if not found:
        raise ModelError("checkpoint-unfit", path=path, why="it holds no arrays")
    return found


def _is_array(value: Any) -> bool:
    if isinstance(value, tuple) and len(value) == 2:
        value = value[1]  # Paddle 2.0 wrote pairs of a name and an array.
    return isinstance(value, Call) and isinstance(value.what, Name) and value.what.name == "_reconstruct"


def _array(value: Any, path: Path) -> Tensor:
    call = value[1] if isinstance(value, tuple) else value
    try:
        _, shape, dtype, is_fortran, content = call.state
        kind = dtype.arguments[0]
        order = dtype.state[1] if dtype.state is not None else "<"
        if dtype.what.name != "dtype" or kind not in _KINDS or order not in ("<", "|", "="):
            raise ValueError(f"type {kind}")
        values = np.frombuffer(content, dtype=np.dtype(kind))
        if math.prod(shape) != len(values):
            raise ValueError(f"{len(values)} values for the shape {shape}")
        return torch.from_numpy(values.reshape(shape, order="F" if is_fortran else "C").copy())
    except (AttributeError, TypeError, ValueError, IndexError) as error:
        raise ModelError("checkpoint-unfit", path=path, why=f"an array cannot be read: {error}") from error
