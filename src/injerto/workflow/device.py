"""Where a run computes."""

from injerto.core.errors import UsageError


def choose_device(asked: str) -> str:
    """`auto` is CUDA where there is one, then Apple's, then the CPU; raises `UsageError` for one that is not there."""
    import torch

    available = ["cpu"]
    if torch.backends.mps.is_available():
        available.insert(0, "mps")
    if torch.cuda.is_available():
        available[0:0] = ["cuda", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    if asked == "auto":
        return available[0]
    if asked not in available:
        raise UsageError("device-missing", device=asked, names=", ".join(available))
    return asked
