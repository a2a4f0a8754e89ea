"""The folded copy in half precision, for GPUs: their units for it are several times as quick as those for float32."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, final

import torch

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.frozen_copy import channels_last, make_frozen_copy
from injerto.activations.runtimes.runtime import AbstractRuntime, Run, runtimes
from injerto.backbones.backbone import Inputs


@runtimes.register
@final
class Half(AbstractRuntime):
    """Weights stay in float32 and are rounded as they are used, which leaves sums and norms exact (autocast).

    float16 and not bfloat16: it rounds eight times finer, and what overflows shows in the comparison. Never offered on
    a CPU, where half precision is a way to store: without units for it, it was 75 times slower than float32.
    """

    title: ClassVar[str] = "PyTorch, half precision"
    typical_setup: ClassVar[float] = 0.3
    rank: ClassVar[int] = 0
    devices: ClassVar[tuple[str, ...]] = ("cuda",)
    tolerance: ClassVar[float] = 5e-3

    @contextmanager
    def open(self, part: FrozenPart, sample: Inputs, *, lanes: int) -> Iterator[Run]:
        quick = FrozenPart(make_frozen_copy(part.backbone, sample, pool=part.pool), pool=part.pool, at=part.at)
        kind = part.backbone.device().type
        with quick.ready():

            def run(inputs: Inputs) -> torch.Tensor:
                with torch.autocast(kind, dtype=torch.float16):
                    return torch.as_tensor(quick(channels_last(inputs))).float()

            yield run
