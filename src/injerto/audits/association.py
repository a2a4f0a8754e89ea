"""Whether what a model leans to over occupations goes with who holds them."""

from typing import Final

import numpy as np

from injerto.data.arrays import Floats

LEVEL: Final = 0.05
"""Part of shuffles that may reach a correlation that is told."""
_RESAMPLES: Final = 2000


def measure_association(lean: Floats, share: Floats, *, seed: int) -> tuple[float, float]:
    """The correlation, and which part of shuffles reaches its size; no correlation where nothing varies."""
    if lean.std() == 0:
        return 0.0, 1.0
    generator = np.random.default_rng(seed)
    found = float(np.corrcoef(lean, share)[0, 1])
    shuffled = [abs(float(np.corrcoef(lean, generator.permutation(share))[0, 1])) for _ in range(_RESAMPLES)]
    return found, (1 + sum(one >= abs(found) for one in shuffled)) / (_RESAMPLES + 1)
