"""Where a gap between groups comes from: the same gap in the frozen backbone's head and in models without transfer."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from injerto.audits.groups import gap_of, judged_groups, measure_difference
from injerto.core.finding import Origin
from injerto.core.seeds import derive_seed
from injerto.data.arrays import Ints
from injerto.evidence.answered import Answered

WITHOUT_TRANSFER: Final = ("from-scratch", "random-backbone")
"""Controls of the same architecture that have no pretrained weights, the better trained one first."""
FROZEN: Final = "frozen-backbone"
_SHARE: Final = 0.5
"""Of the model's gap that a control must show to explain it."""
_ABOVE_CHANCE: Final = 0.1
"""Accuracy above the most frequent label from which a control knows enough to have gaps of its own."""


def find_origin(
    answered: Answered, controls: Mapping[str, Ints], column: tuple[str | None, ...], group: str, *, seed: int
) -> Origin:
    """What explains the gap of one group.

    Data: a model without pretrained weights has at least half of the gap, its interval above zero. Inherited: it has
    not, and the head on the frozen pretrained features has. Acquired: neither has, and the model's gap is larger than
    that of the frozen features, paired by example, its interval above zero. Unclear: anything else, and wherever the
    control without transfer knows too little to have a gap.
    """
    mask = judged_groups(column)[group]
    stated = np.array([value is not None for value in column])
    right = answered.right.astype(np.float64)
    rest, inside = gap_of(right, mask, stated)
    size = float(rest.mean() - inside.mean())
    without = next((name for name in WITHOUT_TRANSFER if name in controls), None)
    if without is None or FROZEN not in controls:
        return Origin.UNCLEAR

    def explains(name: str) -> bool:
        told = (controls[name] == answered.target).astype(np.float64)
        gap = measure_difference(*gap_of(told, mask, stated), num_compared=1, seed=derive_seed(seed, "origin", name))
        return bool(gap.low > 0 and gap.value >= _SHARE * size)

    if explains(without):
        return Origin.DATA
    if explains(FROZEN):
        return Origin.INHERITED if _knows(answered, controls[without]) else Origin.UNCLEAR
    more = right - (controls[FROZEN] == answered.target)
    grown = measure_difference(*gap_of(more, mask, stated), num_compared=1, seed=derive_seed(seed, "origin", "more"))
    return Origin.ACQUIRED if grown.low > 0 else Origin.UNCLEAR


def _knows(answered: Answered, told: Ints) -> bool:
    majority = np.bincount(answered.target).max() / len(answered.target)
    return bool((told == answered.target).mean() >= majority + _ABOVE_CHANCE)
