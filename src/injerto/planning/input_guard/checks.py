"""`check_backbone_inputs`: every check on the contract of a checkpoint, within two seconds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from injerto.backbones.backbone import AbstractBackbone, Inputs
from injerto.core.input_finding import InputFinding
from injerto.core.registry import Registry
from injerto.data.items import AbstractImageItem, AbstractItem

_MOST: Final = 64
_MOST_PIXELS: Final = 40_000_000
"""Of all pictures together: a second of decoding."""


@final
@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Question:
    """What a check looks at."""

    backbone: AbstractBackbone
    items: Sequence[AbstractItem]
    targets: npt.NDArray[Any] | None
    """The class of each item, where there is one."""
    inputs: Inputs
    """All of them, prepared by the contract."""


Check = Callable[[Question], InputFinding | None]
CHECKS: Final[Registry[Check]] = Registry("injerto.planning.input_guard.named", "input check")


def check_backbone_inputs(
    backbone: AbstractBackbone, items: Sequence[AbstractItem], targets: npt.NDArray[Any] | None = None
) -> tuple[InputFinding, ...]:
    """Whether the weights know inputs as the contract of this backbone makes them.

    Args:
        backbone: with its pretrained weights; random ones know nothing, and nothing is found.
        items: the user's examples; at most 64 are looked at, drawn evenly.
        targets: the class of each item, shape (items,). Where there is no other trace, they say under which contract
            like examples are neighbours; many labels an example are not used.

    Returns:
        At most one finding a fault; none where nothing is wrong or nothing can be said. Two seconds on one core.

    Raises:
        DataError: an item cannot be read.
    """
    if not backbone.pretrained or not items:
        return ()
    chosen = sorted({round(n) for n in np.linspace(0, len(items) - 1, min(len(items), _MOST))})
    chosen = _affordable(items, chosen)
    few = [items[n] for n in chosen]
    question = Question(
        backbone=backbone,
        items=few,
        inputs=backbone.prepare(few),
        targets=np.asarray(targets)[chosen] if targets is not None and np.ndim(targets) == 1 else None,
    )
    findings = [finding for name in CHECKS.names() if (finding := CHECKS.get(name)(question)) is not None]
    return tuple({finding.name: finding for finding in reversed(findings)}.values())


def _affordable(items: Sequence[AbstractItem], chosen: Sequence[int]) -> list[int]:
    kept: list[int] = []
    total = 0
    for n in chosen:
        item = items[n]
        if isinstance(item, AbstractImageItem):
            width, height = item.read_size()
            total += width * height
        if total > _MOST_PIXELS and kept:
            break
        kept.append(n)
    return kept
