"""Tensors of a checkpoint in the zip format of torch 1.6 and later; nothing of it is run."""

import math
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from injerto.backbones.converting.pickled import Call, Name, Persistent, read_pickle
from injerto.core.errors import ModelError

_DTYPES: Final = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
_MOST_BYTES: Final = 8 << 30
_MOST_PICKLE_BYTES: Final = 256 << 20


def read_torch_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors by name, of `state_dict` where there is one, and whatever else lies beside it, as plain values.

    Raises `ModelError` where it is no such file or a tensor does not fit its storage.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            if sum(sizes.values()) > _MOST_BYTES:
                raise ModelError("checkpoint-unfit", path=path, why="it would unpack to more than 8 GiB")
            root = next((name for name in sizes if name.endswith("/data.pkl") or name == "data.pkl"), None)
            if root is None or sizes[root] > _MOST_PICKLE_BYTES:
                raise ModelError("checkpoint-unfit", path=path, why="it holds no data.pkl")
            content = read_pickle(archive.read(root), where=str(path))
            folder = root.removesuffix("data.pkl")

            def storage(key: str) -> bytes:
                name = f"{folder}data/{key}"
                if name not in sizes:
                    raise ModelError("checkpoint-unfit", path=path, why=f"the storage {key} is missing")
                return archive.read(name)

            if not isinstance(content, dict):
                raise ModelError("checkpoint-unfit", path=path, why="it holds no dictionary")
            state = content.get("state_dict", content)
            tensors = {
                str(name): _tensor(value, storage, path) for name, value in _items(state).items() if _is_tensor(value)
            }
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise ModelError("checkpoint-unfit", path=path, why=error) from error
    if not tensors:
        raise ModelError("checkpoint-unfit", path=path, why="it holds no tensors")
    return tensors, {str(key): value for key, value in content.items() if key != "state_dict"}


def _items(state: Any) -> dict[Any, Any]:
    if isinstance(state, Call):
        return state.items
    return state if isinstance(state, dict) else {}


def _is_tensor(value: Any) -> bool:
    if isinstance(value, Call) and value.what == Name("torch._utils", "_rebuild_parameter"):
        return True
    return isinstance(value, Call) and value.what == Name("torch._utils", "_rebuild_tensor_v2")


def _tensor(value: Call, storage: Any, path: Path) -> Tensor:
    if value.what == Name("torch._utils", "_rebuild_parameter"):
        return _tensor(value.arguments[0], storage, path)
    try:
        kept, offset, size, stride = value.arguments[:4]
        assert isinstance(kept, Persistent)
        _, kind, key, _, _ = kept.key
        dtype = _DTYPES[kind.name]
        if not all(isinstance(n, int) and n >= 0 for n in (offset, *size, *stride)) or len(size) != len(stride):
            raise ValueError("negative sizes")
        values = np.frombuffer(storage(str(key)), dtype=dtype)
        last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        if math.prod(size) and (last >= len(values) or math.prod(size) > len(values)):
            raise ValueError("a tensor is larger than its storage")
        item = values.dtype.itemsize
        view = np.lib.stride_tricks.as_strided(values[offset:], size, [step * item for step in stride], writeable=False)
        return torch.from_numpy(np.array(view))
    except (AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
        why = f"a tensor cannot be read: {str(error) or type(error).__name__}"
        raise ModelError("checkpoint-unfit", path=path, why=why) from error
