"""Randomness: every stream has a seed derived from the run's seed and from what it is for."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager


def derive_seed(seed: int, *purpose: str | int) -> int:
    """A 63-bit seed for one purpose, so that adding a stream never shifts another.

    >>> derive_seed(0, "split") == derive_seed(0, "split"), derive_seed(0, "split") == derive_seed(0, "head")
    (True, False)
    """
    text = "\x1f".join([str(seed), *map(str, purpose)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 1


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run a block with torch's global generators seeded, and put them back afterwards.

    Model constructors and dropout draw from the global generator and take no other; this is the only place that
    seeds it. torch is imported here because `core` must stay importable without it.
    """
    import torch

    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
