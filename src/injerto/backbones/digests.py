"""The digest of a backbone: what names its weights and architecture, the same on every machine."""

import json
from collections.abc import Iterator, Mapping

import torch
from torch import nn

from injerto.core.hashing import digest_bytes


def digest_network(network: nn.Module, settings: Mapping[str, object]) -> str:
    """SHA-256 over the settings and, by name, each tensor's dtype, shape and values as they are in memory.

    A file of half-precision values loaded into single precision has the digest of the single-precision values.
    Counters of batch norms are left out: they do not change what the network computes.
    """
    return digest_bytes(*_parts(network, settings))


def _parts(network: nn.Module, settings: Mapping[str, object]) -> Iterator[bytes | memoryview]:
    yield json.dumps(settings, sort_keys=True, separators=(",", ":")).encode()
    for name, tensor in sorted(network.state_dict().items()):
        if name.endswith("num_batches_tracked"):
            continue
        yield f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode()
        yield memoryview(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
