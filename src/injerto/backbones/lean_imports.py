"""timm and transformers without what a machine without a GPU never uses of PyTorch's compiler."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def without_triton() -> Iterator[None]:
    """Triton cannot be imported inside the block, unless it was before or there is a GPU for it.

    torchvision, which both import, asks `torch._dynamo` for a decorator, and that loads Triton: 90 MB of memory for
    code that can only run on a GPU. None in `sys.modules` is Python's own word for what is not to be imported.
    `torch.compile` for the CPU works without it.
    """
    if "triton" in sys.modules or torch.cuda.is_available():
        yield
        return
    sys.modules["triton"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["triton"]
