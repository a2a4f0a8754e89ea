"""How long a pass over token rows takes on this machine, and how many passes fit into a budget."""

import time
from collections.abc import Sequence
from typing import Final

from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.backbones.sequences.token_rows import TokenRow
from injerto.tasks.sequence import token_loss

_TIMED: Final = 2
_SHARE_OF_TRAINING: Final = 0.6
"""Of a training's time; the rest measures and writes."""


def measure_pass_seconds(backbone: AbstractSequenceBackbone, rows: Sequence[TokenRow], *, batch_size: int) -> float:
    """Seconds of one pass, there and back through every layer, from batches of middling length; no weight changes."""
    by_length = sorted(rows, key=lambda row: row.length)
    size = min(len(rows), batch_size)
    start = (len(rows) - size) // 2
    batch = by_length[start : start + size]
    _there_and_back(backbone, batch)  # The first one also makes room in memory.
    begin = time.monotonic()
    for _ in range(_TIMED):
        _there_and_back(backbone, batch)
    seconds_a_token = (time.monotonic() - begin) / (_TIMED * max(1, sum(row.length for row in batch)))
    backbone.zero_grad(set_to_none=True)
    return seconds_a_token * sum(row.length for row in rows)


def passes_within(seconds: float, *, pass_seconds: float, num_trainings: int) -> int:
    """Passes that each of so many trainings may make in all, at least one.

    >>> passes_within(60, pass_seconds=2, num_trainings=3), passes_within(1, pass_seconds=2, num_trainings=3)
    (6, 1)
    """
    return max(1, int(_SHARE_OF_TRAINING * seconds / (num_trainings * max(pass_seconds, 1e-9))))


def _there_and_back(backbone: AbstractSequenceBackbone, batch: Sequence[TokenRow]) -> None:
    inputs = {name: value.to(backbone.device()) for name, value in backbone.prepare(batch).items()}
    loss = token_loss(backbone(inputs), backbone.labels(batch).to(backbone.device()))
    loss.backward()  # type: ignore[no-untyped-call]
    loss.item()  # A GPU has done its work only when something is read from it.
