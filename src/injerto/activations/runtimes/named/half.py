"""The folded copy with its weights in float16, for GPUs, whose units for it are several times as quick."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, final

import torch

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.frozen_copy import channels_last, make_frozen_copy
from injerto.activations.runtimes.runtime import AbstractRuntime, Run, runtimes
from injerto.backbones.backbone import Inputs
from injerto.core.arithmetic import Arithmetic


@runtimes.register
@final
class Half(AbstractRuntime):
    """float16 and not bfloat16: it rounds eight times finer, and what overflows shows in the comparison.

    Weights are rounded once. Autocast, which rounds them in every batch and keeps sums between layers in float32, took
    a fifth longer for a ViT-B on an H200, and was as far from float32 on a ResNet-50.
    """

    title: ClassVar[str] = "PyTorch, half precision"
    typical_setup: ClassVar[float] = 0.3
    rank: ClassVar[int] = 0
    devices: ClassVar[tuple[str, ...]] = ("cuda",)
    arithmetic: ClassVar[Arithmetic] = "close"
    tolerance: ClassVar[float] = 5e-3

    @contextmanager
    def open(self, part: FrozenPart, sample: Inputs, *, lanes: int) -> Iterator[Run]:
        copied = make_frozen_copy(part.backbone, sample, pool=part.pool)
        if copied is part.backbone:  # Nothing was folded.
            copied = copy.deepcopy(copied)
        copied.network.half()
        quick = FrozenPart(copied, pool=part.pool, at=part.at, carried=part.carried)
        with quick.ready():
            yield lambda inputs: torch.as_tensor(quick(_in_half(channels_last(inputs)))).float()


def _in_half(inputs: Inputs) -> Inputs:
    return {name: value.half() if value.is_floating_point() else value for name, value in inputs.items()}
