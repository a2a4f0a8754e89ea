"""Stored values where a GPU trains: all of them in its memory where that is large enough, else read batch by batch."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, final

import torch
from torch import Tensor, nn

from injerto.activations.store.stored import Selection


@final
@dataclass(frozen=True, slots=True)
class ReadRows:
    """Stored values of a batch, float32, on the device."""

    values: Tensor
    counts: Sequence[int] = ()
    """Rows of each example that are no padding, where examples have any number of rows."""


Rows = Callable[[Sequence[int]], ReadRows]
"""Positions to the values of these examples."""

_SHARE_OF_FREE: Final = 0.25
"""Of the GPU's free memory; the rest is for what training needs."""
_AT_A_TIME: Final = 256


def open_rows(selection: Selection, device: torch.device) -> Rows:
    """Values of examples of one row each.

    Reading a batch and copying it takes a GPU longer than training on it, so that it would wait in every epoch.
    """
    num_bytes = 4 * len(selection) * math.prod(selection.row_shape)
    if device.type != "cuda" or num_bytes > _SHARE_OF_FREE * torch.cuda.mem_get_info(device)[0]:
        return lambda positions: ReadRows(selection.gather(positions).to(device))
    held = torch.empty(len(selection), *selection.row_shape, device=device)
    for start in range(0, len(selection), _AT_A_TIME):
        some = range(start, min(start + _AT_A_TIME, len(selection)))
        held[some.start : some.stop] = selection.gather(some).to(device)
    return lambda positions: ReadRows(held[list(positions)])


def open_ragged_rows(selection: Selection, device: torch.device) -> Rows:
    """Values of examples of any number of rows, padded with zeros to the longest of a batch."""

    def read(positions: Sequence[int]) -> ReadRows:
        rows = [selection.read(position) for position in positions]
        return ReadRows(nn.utils.rnn.pad_sequence(rows, batch_first=True).to(device), [len(row) for row in rows])

    return read
