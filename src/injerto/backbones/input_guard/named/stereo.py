"""Two channels where the weights read one: given as they are, run together, cut to one, or averaged to silence."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, final

from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.sound_comparison import (
    AbstractSoundFault,
    Channels,
    SoundComparison,
    SoundEvidence,
    SoundReading,
)
from injerto.core.input_finding import InputFinding

_WAYS: Final[tuple[Channels, ...]] = ("averaged", "first", "second", "interleaved", "one after the other")
_SILENT: Final = 0.01
"""Times the amplitude of the contract's."""


@FAULTS.register
@final
class Stereo(AbstractSoundFault):
    """Channels of opposite phase cancel when they are averaged; then the contract takes the louder one."""

    def alternatives(self, reading: SoundReading, comparison: SoundComparison) -> Sequence[SoundReading]:
        return [replace(reading, channels=way) for way in _WAYS]

    def restored(self, reading: SoundReading, comparison: SoundComparison) -> SoundReading:
        return replace(reading, channels="mixed")

    def judge(self, evidence: SoundEvidence) -> InputFinding | None:
        comparison = evidence.comparison
        if comparison.num_channels > 1:
            return self.finding("stereo-two", {"channels": comparison.num_channels}, number=comparison.num_channels)
        found, expected = comparison.powers()
        silent = sum(
            comparison.cancels(n) and f < _SILENT * e for n, (f, e) in enumerate(zip(found, expected, strict=True))
        )
        if silent:
            return self.finding("stereo-cancelled", {"silent": silent}, number=silent, total=len(found))
        channels = evidence.readings[0].channels
        if not evidence.is_needed or channels == "mixed":
            return None
        return self.finding("stereo", evidence.numbers, channels=channels)
