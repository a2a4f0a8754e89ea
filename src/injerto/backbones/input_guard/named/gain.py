"""Samples are too large or too small: the range of int16 where the weights know [-1, 1], or another loudness."""

from typing import Final, final

import numpy as np

from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.sound_comparison import AbstractSoundFault, SoundEvidence
from injerto.core.input_finding import InputFinding

_DECIBELS: Final = 1.0
"""By which the middle recording, or the spread between recordings, may be off."""
_FAR: Final = 50.0
"""Decibels that only another unit makes; told even where the recordings themselves do not match."""


@FAULTS.register
@final
class Gain(AbstractSoundFault):
    """Read off the reading that fits best."""

    def judge(self, evidence: SoundEvidence) -> InputFinding | None:
        comparison = evidence.comparison
        gains = np.array(
            [g for g, m in zip(evidence.fit.gains, evidence.fit.by_item, strict=True) if g and m < comparison.foreign]
        )
        limit = _DECIBELS
        if not len(gains):
            found, expected = comparison.powers()
            gains, limit = found[(found > 0) & (expected > 0)] / expected[(found > 0) & (expected > 0)], _FAR
        if not len(gains):
            return None
        decibels = 20 * np.log10(gains)
        middle, spread = float(np.median(decibels)), float(np.percentile(decibels, 90) - np.percentile(decibels, 10))
        measured = {"decibels": middle, "spread_decibels": spread}
        if evidence.readings[0].channels != "mixed" and abs(middle) < _FAR:
            # Another mix is as loud as it happens to be.
            return None
        if abs(middle) > limit:
            key = "gain-unit" if abs(middle) > _FAR else "gain"
            factor = 10 ** (abs(middle) / 20)
            return self.finding(
                key,
                measured,
                factor=f"{factor:,.0f}" if factor > 10 else f"{factor:.2g}",
                size=("large" if middle > 0 else "small"),
                decibels=f"{middle:+.1f}",
                full_scale=f"{comparison.contract.full_scale:g}",
            )
        if limit == _DECIBELS and spread > 2 * limit:
            return self.finding("gain-each", measured, spread=f"{spread:.1f}")
        return None
