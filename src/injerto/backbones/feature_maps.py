"""The maps of a classification network that a detector reads: the last of each size, from an eighth of the input."""

from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor

from injerto.core.provenance import ImageContract

MapShape = tuple[int, int, int]
"""Channels, rows and columns."""

_FINEST: Final = 6.0
"""Pixels between the points of the finest map that is read; a quarter of the input costs more than it gives."""
_MOST_MAPS: Final = 3
_WIDENED: Final = 3
"""A last layer that is so many times wider than the one before it mixes channels for a classifier, not places."""


def choose_maps(shapes: Mapping[str, MapShape], height: int) -> dict[str, MapShape]:
    """The taps to read, the largest map first.

    Args:
        shapes: of every tap that gives a map, input first.
        height: rows of the input.
    """
    by_rows: dict[int, list[str]] = {}
    for tap, (_, rows, _) in shapes.items():
        by_rows.setdefault(rows, []).append(tap)
    chosen = []
    for rows, taps in by_rows.items():
        if height / rows < _FINEST or rows < 2:
            continue
        last = taps[-1]
        if len(taps) > 1 and shapes[last][0] >= _WIDENED * shapes[taps[-2]][0]:
            last = taps[-2]
        chosen.append(last)
    return {tap: shapes[tap] for tap in sorted(chosen, key=lambda tap: -shapes[tap][1])[-_MOST_MAPS:]}


def join_maps(maps: Sequence[Tensor]) -> Tensor:
    """Maps side by side as one vector an example, shape (batch, values): the store keeps it, a head takes it apart."""
    return torch.cat([one.flatten(1) for one in maps], dim=1)


def token_map_shape(shape: torch.Size, num_prefix: int, contract: ImageContract) -> MapShape | None:
    """The map that tokens of this shape are, None where they are no grid of the input's proportions."""
    if len(shape) != 3:
        return None
    num_tokens = shape[1] - num_prefix
    rows = round((num_tokens * contract.height / contract.width) ** 0.5)
    if rows < 1 or num_tokens % rows:
        return None
    return shape[2], rows, num_tokens // rows


def tokens_as_map(tokens: Tensor, num_prefix: int, contract: ImageContract) -> Tensor:
    """Tokens, shape (batch, tokens, channels), as a map."""
    shape = token_map_shape(tokens.shape, num_prefix, contract)
    assert shape is not None  # The map was chosen by it.
    return tokens[:, num_prefix:].transpose(1, 2).reshape(len(tokens), *shape)


def whole_picture(contract: ImageContract, *, height: int, width: int) -> ImageContract:
    """The contract for whole pictures: nothing is cut off, borders fill what is left."""
    changes = {"height": height, "width": width, "crop_mode": "border", "crop_fraction": 1.0}
    return contract.model_copy(update=changes)
