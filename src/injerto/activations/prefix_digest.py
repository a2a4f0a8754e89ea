"""Which weights what is stored was computed with: one digest of all before a layer group."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import torch
import xxhash
from torch import Tensor

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.hashing import digest_bytes, digest_json

_MOST_HASHING: Final = 8
"""Threads that hash weights."""

_WORTH_A_THREAD: Final = 1 << 18
"""Bytes of a tensor from which handing it to a thread costs less than hashing it does."""

_MOST_REMEMBERED: Final = 50_000
_remembered: dict[tuple[str, bytes], str] = {}
"""SHA-256 by what a tensor is called and the 128 bits of xxHash of its values, of tensors hashed in this process.

Every training asks for the digest of weights that have mostly not moved. Whether they moved is asked of their values,
at ten times the speed of SHA-256: counters of writes miss those through `.data`. The name on disk stays SHA-256.
"""


def digest_prefix(backbone: AbstractBackbone, group_index: int | None = None) -> str:
    """SHA-256 of the weights and buffers before a layer group (all of them without one), as they are now.

    A later phase that thaws more groups finds what an earlier one stored, since its prefix has not changed.
    """
    groups = backbone.layer_groups[:group_index]
    modules = tuple(f"{name}." for group in groups for name in group.modules)
    own = {name for group in groups for name in group.parameters}
    state = [
        (name, value)
        for name, value in sorted(backbone.network.state_dict().items())
        if group_index is None or name in own or name.startswith(modules)
    ]
    large = [named for named in state if named[1].nbytes >= _WORTH_A_THREAD]
    # Hashing releases the interpreter, and weights are the largest thing that is hashed.
    with ThreadPoolExecutor(max_workers=min(_MOST_HASHING, os.cpu_count() or 1)) as pool:
        found = dict(zip([name for name, _ in large], pool.map(_digest_tensor, large), strict=True))
    parts = [found.get(name) or _digest_tensor((name, value)) for name, value in state]
    # Two architectures can hold equal weights and differ in a setting: the digest at load tells them apart.
    return digest_json([backbone.digest, parts])


def _digest_tensor(named: tuple[str, Tensor]) -> str:
    name, value = named
    content = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data
    called = f"{name}{tuple(value.shape)}{value.dtype}"
    known_by = (called, xxhash.xxh3_128_digest(content))
    found = _remembered.get(known_by)
    if found is None:
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        found = _remembered[known_by] = digest_bytes(called.encode(), content)
    return found
