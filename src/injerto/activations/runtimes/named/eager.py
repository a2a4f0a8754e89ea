"""PyTorch as it stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, final

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.full_float32 import in_full_float32
from injerto.activations.runtimes.runtime import AbstractRuntime, Run, runtimes
from injerto.backbones.backbone import Inputs


@runtimes.register
@final
class Eager(AbstractRuntime):
    """The network as it was loaded; what every other runtime is compared with."""

    title: ClassVar[str] = "PyTorch"
    typical_setup: ClassVar[float] = 0.0
    rank: ClassVar[int] = 5
    devices: ClassVar[tuple[str, ...]] = ("cpu", "cuda", "mps")

    @contextmanager
    def open(self, part: FrozenPart, sample: Inputs, *, lanes: int) -> Iterator[Run]:
        with part.ready():
            yield in_full_float32(part, part.backbone.device())
