"""Pixels were counted from 0 to 255 where the weights know 0 to 1, the other way round, or upside down."""

from typing import Final, final

import numpy as np

from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.image_fault import AbstractImageFault, ImageEvidence, expected_constants
from injerto.core.input_finding import InputFinding

_FAR: Final = 12.0
"""Times that the values are too large or too small: far beyond what another mean and std make (4.5), below 255 / 5."""


@FAULTS.register
@final
class ValueRange(AbstractImageFault):
    """What was given is too large or too small by a factor that no mean and std explains, or negative."""

    def judge(self, evidence: ImageEvidence) -> InputFinding | None:
        comparison = evidence.comparison
        expected, _ = expected_constants(comparison.contract)
        is_explained = evidence.fit.misfit < comparison.foreign
        constants = comparison.constants(evidence.readings)
        factor = float(np.median(constants.gains / expected))
        if not is_explained:
            # Without a match only the size of the values is known, and not their sign.
            factor = comparison.ratio_of_spreads() / float(np.median(np.abs(expected)))
        if not np.isfinite(factor) or factor == 0:
            return None
        if factor < 0 and is_explained:
            return self.finding("value-range-inverted", {"factor": factor})
        if 1 / _FAR < factor < _FAR:
            return None
        low, high = comparison.given_range
        key = "value-range-large" if factor > 1 else "value-range-small"
        return self.finding(
            key,
            {"factor": factor, "smallest": low, "largest": high},
            factor=f"{factor if factor > 1 else 1 / factor:.0f}",
            low=f"{low:.3g}",
            high=f"{high:.3g}",
        )
