"""What a phase that trains by gradient will take on this machine, from one timed step."""

import time
from collections.abc import Sequence
from typing import Final

import torch

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.plan import Phase
from injerto.data.items import AbstractItem

_BATCH: Final = 8
_BACKWARD: Final = 2.0
"""A backward pass costs twice the forward pass that it goes through."""


def measure_step(backbone: AbstractBackbone, items: Sequence[AbstractItem]) -> tuple[float, float]:
    """Seconds an example of reading and one forward pass, and of a training step; the better of two runs."""
    batch = items[:_BATCH]
    backbone.eval()
    reading, forward = [], []
    with torch.no_grad():
        for _ in range(2):
            start = time.perf_counter()
            inputs = {name: value.to(backbone.device()) for name, value in backbone.prepare(batch).items()}
            middle = time.perf_counter()
            backbone(inputs).sum().item()
            reading.append(middle - start)
            forward.append(time.perf_counter() - middle)
    read, run = min(reading) / len(batch), min(forward) / len(batch)
    return read + run, read + (1 + _BACKWARD) * run


def estimate_seconds(phases: Sequence[Phase], *, step: tuple[float, float], num_train: int, num_tune: int) -> float:
    """At most: every epoch of every phase that trains the network; stopping early takes less."""
    epochs = sum(phase.epochs for phase in phases if phase.trains != "head")
    looking, training = step
    return epochs * (num_train * training + num_tune * looking)
