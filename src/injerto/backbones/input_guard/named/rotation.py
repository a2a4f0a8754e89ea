"""Pictures lie on their side, stand on their head or are mirrored; most often because EXIF was not applied."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, final

from injerto.backbones.input_guard.explaining import CLEARLY
from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.image_comparison import ImageComparison
from injerto.backbones.input_guard.image_fault import AbstractImageFault, ImageEvidence
from injerto.backbones.input_guard.image_reading import TURNS, ImageReading
from injerto.core.input_finding import InputFinding


@FAULTS.register
@final
class Rotation(AbstractImageFault):
    """Each picture on its own: a camera turns some and not others."""

    per_item: ClassVar[bool] = True

    def alternatives(self, reading: ImageReading, comparison: ImageComparison) -> Sequence[ImageReading]:
        # Turning what is cut already is quick; whether it was turned before is asked once a turn is known.
        turned = [replace(reading, orientation=turn, turned_last=True) for turn in TURNS]
        return [*turned, replace(reading, turned_last=False)]

    def restored(self, reading: ImageReading, comparison: ImageComparison) -> ImageReading:
        return replace(reading, orientation="upright", turned_last=False)

    def judge(self, evidence: ImageEvidence) -> InputFinding | None:
        if not evidence.is_needed:
            return None
        pairs = zip(evidence.readings, evidence.fit.by_item, evidence.restored.by_item, strict=True)
        turned = [
            r.orientation for r, best, upright in pairs if r.orientation != "upright" and best < CLEARLY * upright
        ]
        if not turned:
            return None
        return self.finding(
            "rotation",
            {**evidence.numbers, "turned": len(turned), "looked_at": len(evidence.readings)},
            number=len(turned),
            total=len(evidence.readings),
            turns=", ".join(sorted(set(turned))),
        )
