"""What a runtime is: a way to run the frozen part of a backbone that gives the same numbers sooner."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import ClassVar, Final

from torch import Tensor

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.backbones.backbone import Inputs
from injerto.core.arithmetic import Arithmetic
from injerto.core.registry import Registry

Run = Callable[[Inputs], Tensor]
"""Runs one prepared batch; float32. Threads may call it at the same time, in no-gradient mode."""


class AbstractRuntime(ABC):
    """One way to run frozen layers."""

    title: ClassVar[str]
    """What people call it."""
    typical_setup: ClassVar[float]
    """Seconds that preparing it takes about: a job much shorter than this does not try it."""
    rank: ClassVar[int]
    """Place in the order in which runtimes are tried, the most promising first."""
    packages: ClassVar[tuple[str, ...]] = ()
    """Distributions it needs, beside PyTorch."""
    only_in_lanes: ClassVar[bool] = False
    """Whether it is run on one thread a batch alone."""
    devices: ClassVar[tuple[str, ...]] = ("cpu",)
    """Kinds of device that it runs on."""
    arithmetic: ClassVar[Arithmetic] = "exact"
    """How coarsely it computes; what is coarser than a job allows is not tried."""
    num_examples: ClassVar[int] = 2
    """Of the job, that it has to see when it is prepared."""
    tolerance: ClassVar[float] = 1e-4
    """Largest difference from PyTorch's values that is trusted, relative to the largest value."""

    @abstractmethod
    def open(self, part: FrozenPart, sample: Inputs, *, lanes: int) -> AbstractContextManager[Run]:
        """Prepare `part`, on one of `devices`, for batches like `sample`; raises whatever a conversion raises."""


runtimes: Final[Registry[type[AbstractRuntime]]] = Registry("injerto.activations.runtimes.named", "runtime")
