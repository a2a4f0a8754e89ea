"""torch.compile on the folded copy: for jobs of many minutes, since compiling takes one."""

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
class Compiled(AbstractRuntime):
    """Whole features only: a compiled function cannot be left by an exception in its middle.

    Not for GPUs, where half precision gains four to eight times and is made in a moment.
    """

    title: ClassVar[str] = "torch.compile"
    typical_setup: ClassVar[float] = 45.0
    rank: ClassVar[int] = 6

    @contextmanager
    def open(self, part: FrozenPart, sample: Inputs, *, lanes: int) -> Iterator[Run]:
        if part.at is not None:
            raise NotImplementedError("a cut inside a compiled function")
        quick = FrozenPart(make_frozen_copy(part.backbone, sample, pool=part.pool), pool=part.pool)
        compiled = torch.compile(quick, dynamic=True)
        yield lambda inputs: compiled(channels_last(inputs))
