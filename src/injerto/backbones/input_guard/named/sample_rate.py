"""Samples come at another rate than the weights know: everything sounds higher and quicker, or lower and slower."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, final

from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.sound_comparison import (
    AbstractSoundFault,
    SoundComparison,
    SoundEvidence,
    SoundReading,
)
from injerto.core.input_finding import InputFinding

_RATES: Final = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


@FAULTS.register
@final
class SampleRate(AbstractSoundFault):
    """Most often a file that was never resampled."""

    def alternatives(self, reading: SoundReading, comparison: SoundComparison) -> Sequence[SoundReading]:
        rates = sorted({*_RATES, *(recording.sample_rate_hz for recording in comparison.recordings)})
        return [replace(reading, sample_rate_hz=rate) for rate in rates]

    def restored(self, reading: SoundReading, comparison: SoundComparison) -> SoundReading:
        return replace(reading, sample_rate_hz=comparison.contract.sample_rate_hz)

    def judge(self, evidence: SoundEvidence) -> InputFinding | None:
        found, expected = evidence.readings[0].sample_rate_hz, evidence.comparison.contract.sample_rate_hz
        if not evidence.is_needed or found == expected:
            return None
        return self.finding(
            "sample-rate", {**evidence.numbers, "sample_rate_hz": found}, found=found, expected=expected
        )
