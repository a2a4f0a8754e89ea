"""Grad-CAM: where in a picture the evidence for a label lies, by the last layer that still knows places."""

# B pictures, C channels, H and W height and width of a map, T tokens.

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from injerto.artifacts.model import Model
from injerto.core.provenance import ImageContract
from injerto.data.arrays import Floats
from injerto.data.items import AbstractItem

_BATCH: Final = 8
_MOST_PREFIX: Final = 8
"""Class, distillation and register tokens that stand before the tokens of the picture, at most."""


def measure_heat(model: Model, items: Sequence[AbstractItem], labels: Sequence[int]) -> list[Floats | None]:
    """For each picture a map in [0, 1] of what speaks for its label, shape (map height, map width).

    Selvaraju et al. 2017, arXiv 1610.02391: channels of a layer weighted by the mean gradient of the label's score,
    their sum where it is positive. The layer is the last one that has places on which the score depends: behind the
    last block of a vision transformer only the class token counts. None where no layer has places, or nothing in the
    picture speaks for the label. The map covers what the network sees, which is the contract's crop.
    """
    found: list[Floats | None] = []
    for start in range(0, len(items), _BATCH):
        found += _heat_of(model, items[start : start + _BATCH], labels[start : start + _BATCH])
    return found


def _heat_of(model: Model, items: Sequence[AbstractItem], labels: Sequence[int]) -> list[Floats | None]:
    backbone, contract = model.backbone.eval(), model.backbone.contract
    assert isinstance(contract, ImageContract)
    device = backbone.device()
    # The weights may all be frozen: the pictures carry the gradient.
    inputs = {name: value.to(device).requires_grad_() for name, value in backbone.prepare(items).items()}
    with torch.enable_grad(), _outputs(backbone.network, _last_modules(model)) as kept:
        scores_BK = model.head.eval()(backbone(inputs, model.pool).float())
        scores_BK[torch.arange(len(items)), torch.tensor(labels)].sum().backward()
    for parameter in (*backbone.parameters(), *model.head.parameters()):
        parameter.grad = None
    for name, output in reversed(kept.items()):
        map_BHW = _weigh(output, num_channels=model.backbone.taps.get(name), contract=contract)
        if map_BHW is not None and bool((map_BHW > 0).any()):
            return [_scaled(one) for one in map_BHW.detach().cpu().double()]
    return [None] * len(items)


def _last_modules(model: Model) -> dict[str, str]:
    """By layer group the module in which it ends."""
    return {group.name: group.modules[-1] for group in model.backbone.layer_groups if group.modules}


@contextmanager
def _outputs(network: nn.Module, modules: dict[str, str]) -> Iterator[dict[str, Tensor]]:
    """What the modules give in one forward pass, in its order, their gradients kept."""
    kept: dict[str, Tensor] = {}

    def keep(name: str, output: object) -> None:
        first = output[0] if isinstance(output, tuple) and output else output
        if isinstance(first, Tensor) and first.requires_grad and first.ndim in (3, 4):
            first.retain_grad()
            kept[name] = first

    handles = [
        network.get_submodule(module).register_forward_hook(lambda _m, _i, output, name=name: keep(name, output))
        for name, module in modules.items()
    ]
    try:
        yield kept
    finally:
        for handle in handles:
            handle.remove()


def _weigh(output: Tensor, *, num_channels: int | None, contract: ImageContract) -> Tensor | None:
    """The positive part of the weighted channels, shape (B, H, W); None for what has no places."""
    if output.grad is None:
        return None
    if output.ndim == 3:
        grid = find_grid(output.shape[1], height=contract.height, width=contract.width)
        if grid is None:
            return None
        height, width = grid
        value, slope = (
            one[:, -height * width :].reshape(len(one), height, width, -1) for one in (output.detach(), output.grad)
        )
    elif output.shape[1] != num_channels and output.shape[3] == num_channels:
        value, slope = output.detach(), output.grad
    else:
        value, slope = (one.permute(0, 2, 3, 1) for one in (output.detach(), output.grad))
    if value.shape[1] * value.shape[2] < 2:
        return None
    weight_B11C = slope.mean((1, 2), keepdim=True)
    map_BHW: Tensor = (value * weight_B11C).sum(3).clamp_min(0)
    return map_BHW


def find_grid(num_tokens: int, *, height: int, width: int) -> tuple[int, int] | None:
    """Rows and columns of the tokens of a picture, which stand behind at most eight others.

    >>> find_grid(197, height=224, width=224), find_grid(50, height=224, width=224), find_grid(7, height=64, width=64)
    ((14, 14), (7, 7), (2, 2))
    """
    for prefix in range(min(_MOST_PREFIX, num_tokens - 1) + 1):
        rows = round(math.sqrt((num_tokens - prefix) * height / width))
        if rows > 1 and (num_tokens - prefix) % rows == 0:
            columns = (num_tokens - prefix) // rows
            if abs(rows * width - columns * height) < min(height, width):
                return rows, columns
    return None


def _scaled(map_HW: Tensor) -> Floats | None:
    most = float(map_HW.max())
    return np.asarray((map_HW / most).numpy()) if most > 0 else None
