"""Where a gap between groups comes from: the same gap in the frozen pretrained network and without transfer."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from injerto.audits.groups import judged_groups, measure_gap, stated_in
from injerto.core.finding import Origin
from injerto.core.seeds import derive_seed
from injerto.evidence.quantities import AbstractQuantity

WITHOUT_TRANSFER: Final = ("from-scratch", "random-backbone")
"""Controls of the same architecture that have no pretrained weights, the better trained one first."""
FROZEN: Final = ("frozen-backbone", "untouched")
"""Controls whose pretrained network was not trained."""
_SHARE: Final = 0.5
"""Of the model's gap that a control must show to explain it."""


def tells_origins(controls: Mapping[str, AbstractQuantity]) -> bool:
    """Whether both kinds of controls answered the same examples."""
    return _first(FROZEN, controls) is not None and _first(WITHOUT_TRANSFER, controls) is not None


def find_origin(
    quantity: AbstractQuantity,
    controls: Mapping[str, AbstractQuantity],
    column: tuple[str | None, ...],
    group: str,
    *,
    seed: int,
) -> Origin:
    """What explains the gap of one group.

    Data: a model without pretrained weights has at least half of the gap, its interval above zero. Inherited: it has
    not, and the frozen pretrained network has. Acquired: neither has, and the model's gap is larger than that of the
    frozen network, paired by example, its interval above zero. Unclear: anything else, and wherever the control without
    transfer knows too little to have a gap.
    """
    mask = judged_groups(column)[group]
    inside, rest = np.flatnonzero(mask), np.flatnonzero(stated_in(column) & ~mask)
    size = measure_gap(quantity, inside, rest, seed=seed).value
    without, frozen = _first(WITHOUT_TRANSFER, controls), _first(FROZEN, controls)
    if without is None or frozen is None:
        return Origin.UNCLEAR

    def explains(name: str) -> bool:
        gap = measure_gap(controls[name], inside, rest, seed=derive_seed(seed, "origin", name))
        return bool(gap.low > 0 and gap.value >= _SHARE * size)

    if explains(without):
        return Origin.DATA
    if explains(frozen):
        knows = controls[without].knows(np.arange(len(column)))
        return Origin.INHERITED if knows else Origin.UNCLEAR
    grown = measure_gap(quantity, inside, rest, less=controls[frozen], seed=derive_seed(seed, "origin", "more"))
    return Origin.ACQUIRED if grown.low > 0 else Origin.UNCLEAR


def _first(names: tuple[str, ...], controls: Mapping[str, AbstractQuantity]) -> str | None:
    return next((name for name in names if name in controls), None)
