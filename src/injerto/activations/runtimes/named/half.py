"""The folded copy in float16, for GPUs: their units for it are several times as quick as those for float32."""

from contextlib import AbstractContextManager
from typing import ClassVar, final

import torch

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.named._autocast import open_autocast
from injerto.activations.runtimes.runtime import AbstractRuntime, Run, runtimes
from injerto.backbones.backbone import Inputs


@runtimes.register
@final
class Half(AbstractRuntime):
    """float16 and not bfloat16: it rounds eight times finer, and what overflows shows in the comparison."""

    title: ClassVar[str] = "PyTorch, half precision"
    typical_setup: ClassVar[float] = 0.3
    rank: ClassVar[int] = 0
    devices: ClassVar[tuple[str, ...]] = ("cuda",)
    exact: ClassVar[bool] = False
    tolerance: ClassVar[float] = 5e-3

    def open(self, part: FrozenPart, sample: Inputs, *, lanes: int) -> AbstractContextManager[Run]:
        return open_autocast(part, sample, torch.float16)
