"""The folded copy in bfloat16, for processors that have units for it (AVX-512 BF16, AMX, Arm's BF16)."""

from contextlib import AbstractContextManager
from typing import ClassVar, Final, final

import torch

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.named._autocast import open_autocast
from injerto.activations.runtimes.runtime import AbstractRuntime, Run, runtimes
from injerto.backbones.backbone import Inputs
from injerto.core.arithmetic import Arithmetic

BFLOAT16_TOLERANCE: Final = 1e-2
"""Networks within it lose nothing that ten paired seeds can tell; MobileNets are outside by a factor of twenty, and
lose 1.6 points where a head of theirs is asked in float32 (`benchmarks/arithmetic.py`)."""


@runtimes.register
@final
class Bfloat16(AbstractRuntime):
    """On one core of an EPYC at 224 px: ResNet-18 1.9 times as quick as folded PyTorch in float32.

    Without units for it bfloat16 is a way to store, and computing in it was 75 times slower than in float32: so
    PyTorch is asked for the units before anything runs.
    """

    title: ClassVar[str] = "PyTorch, bfloat16"
    typical_setup: ClassVar[float] = 0.3
    rank: ClassVar[int] = 0
    arithmetic: ClassVar[Arithmetic] = "close"
    tolerance: ClassVar[float] = BFLOAT16_TOLERANCE

    def open(self, part: FrozenPart, sample: Inputs, *, lanes: int) -> AbstractContextManager[Run]:
        if not any(there and "bf16" in unit for unit, there in torch.cpu.get_capabilities().items()):
            raise NotImplementedError("this processor has no units for bfloat16")
        return open_autocast(part, sample, torch.bfloat16)
