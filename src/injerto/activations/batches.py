"""Batches of examples through frozen layers: their order, prepared ahead, copied to a GPU and back without waiting."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import torch
from torch import Tensor

from injerto.activations.runtimes.choosing import Opened
from injerto.activations.runtimes.lanes import run_in_lanes
from injerto.activations.runtimes.read_ahead import read_ahead
from injerto.activations.views import View
from injerto.backbones.backbone import AbstractBackbone, Inputs

_AHEAD: Final = {"cuda": 3}
"""Batches that are prepared while one runs: a GPU is done before a single thread has gathered the next one."""

Keep = Callable[[Tensor, Inputs], list[Tensor]]
"""Makes of what a batch gave, and of its inputs, what is kept of each example."""


def order_views(backbone: AbstractBackbone, views: list[View]) -> list[View]:
    """Texts of as many tokens beside each other: of batches in the order of their characters a quarter is padding."""
    lengths = backbone.lengths([view.item for view in views])
    return [view for _, view in sorted(zip(lengths, views, strict=True), key=lambda pair: pair[0])]


def split_views(views: list[View], size: int) -> list[list[View]]:
    """Batches of one augmentation each."""
    kinds = sorted({view.augment for view in views})
    alike = ([view for view in views if view.augment == kind] for kind in kinds)
    return [some[start : start + size] for some in alike for start in range(0, len(some), size)]


def prepare_views(backbone: AbstractBackbone, views: Sequence[View]) -> Inputs:
    """Views of one augmentation, prepared."""
    items, augment = [view.item for view in views], views[0].augment
    if augment == "none":
        return backbone.prepare(items)
    return backbone.prepare(items, augment=augment, seeds=[view.seed for view in views])


def copy_to(inputs: Inputs, device: torch.device) -> Inputs:
    """The inputs on a device; from pinned memory without waiting."""
    return {name: value.to(device, non_blocking=True) for name, value in inputs.items()}


def run_batches(
    opened: Opened, backbone: AbstractBackbone, batches: list[list[View]], keep: Keep
) -> Iterator[tuple[list[View], list[Tensor]]]:
    """Each batch with what is kept of it."""
    if opened.choice.lanes > 1:

        def work(batch: list[View]) -> list[Tensor]:
            inputs = prepare_views(backbone, batch)
            return keep(opened.run(inputs), inputs)

        yield from run_in_lanes(work, batches, lanes=opened.choice.lanes)
        return
    device = backbone.device()
    behind: tuple[list[View], Callable[[], Tensor], Inputs] | None = None
    for batch, inputs in read_ahead(partial(_prepare_to_copy, backbone), batches, ahead=_AHEAD.get(device.type, 1)):
        found = _copy_back(opened.run(copy_to(inputs, device)))
        if behind is not None:
            # A GPU works on this batch while what it made of the last one is looked at.
            yield behind[0], keep(behind[1](), behind[2])
        behind = batch, found, inputs
    if behind is not None:
        yield behind[0], keep(behind[1](), behind[2])


def _prepare_to_copy(backbone: AbstractBackbone, views: Sequence[View]) -> Inputs:
    """As `prepare_views`; for a GPU in memory that is copied from without waiting."""
    inputs = prepare_views(backbone, views)
    if backbone.device().type != "cuda":
        return inputs
    return {name: value.pin_memory() for name, value in inputs.items()}


def _copy_back(values: Tensor) -> Callable[[], Tensor]:
    """Start to copy from a GPU; the copy, once it is there.

    A plain `cpu()` a batch later would wait for that batch as well: work on a GPU is done in the order of asking.
    """
    if values.device.type != "cuda":
        return values.cpu
    values = values.float()
    copied = torch.empty(values.shape, pin_memory=True)
    copied.copy_(values, non_blocking=True)
    done = torch.cuda.Event()  # type: ignore[no-untyped-call]
    done.record()

    def wait() -> Tensor:
        done.synchronize()
        return copied

    return wait
