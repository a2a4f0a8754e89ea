"""What heads take on this machine: each kind is fitted once to made-up features of the candidate's widths."""

# N examples, D features.

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch.nn.functional import cross_entropy

from injerto.core.seeds import seeded
from injerto.strategies.heads.linear_choice import fit_linear
from injerto.strategies.heads.mlp import MlpHead
from injerto.strategies.heads.multi_layer import fit_multi_layer

MOST_EXAMPLES: Final = 48
"""So few cost a few tenths of a second; what more cost is told by the law of operations."""
_MOST_CLASSES: Final = 24
_APART: Final = 0.3
"""Deviations between class means in each direction: neither alike nor told apart at once, as real features are."""
_BATCH: Final = 16
_STEPS: Final = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadTiming:
    """Seconds of one fit each, on `num_examples`."""

    linear: float
    """Of the best linear head on the last layer."""
    several: float
    """Of a head on up to four layers, chosen among all."""
    step: float
    """Of one step of a head of 1,024 hidden units, in batches of sixteen."""
    num_examples: int
    num_classes: int


def time_heads(taps: Mapping[str, int], *, num_classes: int, num_examples: int) -> HeadTiming:
    """Fit each kind once, after a first fit that pays for what is only made once.

    Below a second a head's time is that of Python and of small matrices, which differs by machine and by neighbours and
    hardly by data: a count of operations misses it by a factor of two.

    Args:
        taps: name and length of every tap, `pooled` last.
        num_classes: of the task; at most 24 are made up.
        num_examples: of the fits that are foretold; at most 48 are made up.
    """
    num_classes = min(num_classes, _MOST_CLASSES)
    number = max(2 * num_classes, min(num_examples, MOST_EXAMPLES))
    generator = torch.Generator().manual_seed(0)
    targets_N = torch.arange(number) % num_classes
    means_CD = torch.randn(num_classes, sum(taps.values()), generator=generator)
    taps_ND = torch.randn(number, sum(taps.values()), generator=generator) + _APART * means_CD[targets_N]
    pooled_ND = taps_ND[:, -taps["pooled"] :]
    fit_linear(pooled_ND[:, :2], targets_N, num_classes=num_classes)
    return HeadTiming(
        linear=_time(lambda: fit_linear(pooled_ND, targets_N, num_classes=num_classes)),
        several=_time(lambda: fit_multi_layer(taps_ND, targets_N, taps, num_classes=num_classes)),
        step=_time_step(pooled_ND[:_BATCH], targets_N[:_BATCH], num_classes),
        num_examples=number,
        num_classes=num_classes,
    )


def _time(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _time_step(features_ND: torch.Tensor, targets_N: torch.Tensor, num_classes: int) -> float:
    with seeded(0):
        head = MlpHead(features_ND.shape[1], num_classes)
    optimizer = torch.optim.Adam(head.parameters())

    def step() -> None:
        loss = cross_entropy(head(features_ND), targets_N)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        loss.item()

    def steps() -> None:
        for _ in range(_STEPS):
            step()

    step()
    return _time(steps) / _STEPS
