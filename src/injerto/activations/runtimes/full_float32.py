"""float32 that is float32: on a GPU PyTorch's convolutions round their inputs to the ten bits of TF32 by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from injerto.activations.runtimes.runtime import Run
from injerto.backbones.backbone import Inputs


def in_full_float32(run: Run, device: torch.device) -> Run:
    """`run`, its convolutions in float32.

    Runtimes are compared with PyTorch's values: were those off by a thousandth themselves, none could be told right
    from wrong, and a run that asks for exact values would not get them. Whoever wants speed has half precision, which
    rounds no more and is quicker.
    """
    if device.type != "cuda":
        return run

    def run_exactly(inputs: Inputs) -> torch.Tensor:
        with full_float32(device):
            return run(inputs)

    return run_exactly


@contextmanager
def full_float32(device: torch.device) -> Iterator[None]:
    """Convolutions in float32 inside; on a processor they always are.

    Around single calls where several jobs take turns: such contexts have to end in the reverse of their order.
    """
    if device.type != "cuda":
        yield
        return
    cudnn = torch.backends.cudnn
    with cudnn.flags(
        enabled=cudnn.enabled, benchmark=cudnn.benchmark, deterministic=cudnn.deterministic, allow_tf32=False
    ):
        yield
