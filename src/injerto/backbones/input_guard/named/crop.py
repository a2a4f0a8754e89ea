"""Another part of the picture is shown: no centre crop, another crop, sides squashed, borders, or another size."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final, final

from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.image_comparison import ImageComparison
from injerto.backbones.input_guard.image_fault import AbstractImageFault, ImageEvidence
from injerto.backbones.input_guard.image_reading import ImageReading
from injerto.core.input_finding import InputFinding

# Side of the resized picture over side of the input; 256 to 224 is 1.143 and 232 to 224 is 1.036.
_EDGES: Final = (1.0, 1.02, 1.036, 1.05, 1.071, 1.1, 1.143, 1.17, 1.2, 1.25, 1.33, 1.43, 1.6, 2.0)
_STEPS: Final = (-4, -2, -1, 1, 2, 4)


@FAULTS.register
@final
class Crop(AbstractImageFault):
    """Edges that are met elsewhere are tried first, then those around the best."""

    effort: ClassVar[int] = 2

    def alternatives(self, reading: ImageReading, comparison: ImageComparison) -> Sequence[ImageReading]:
        side = comparison.given_size[0]
        edges = [round(side * edge) for edge in _EDGES]
        edges += [max(side, round(side / reading.crop_fraction) + step) for step in _STEPS]
        crops = [replace(reading, crop_mode="center", crop_fraction=side / (edge + 0.5)) for edge in edges]
        crops[0] = replace(reading, crop_mode="center", crop_fraction=1.0)
        whole = [replace(reading, crop_mode=mode, crop_fraction=1.0) for mode in ("squash", "border")]
        return crops + whole + [replace(reading, crop_mode="squash")]

    def restored(self, reading: ImageReading, comparison: ImageComparison) -> ImageReading:
        contract = comparison.contract
        return replace(reading, crop_mode=contract.crop_mode, crop_fraction=contract.crop_fraction)

    def judge(self, evidence: ImageEvidence) -> InputFinding | None:
        comparison, reading = evidence.comparison, evidence.readings[0]
        contract = comparison.contract
        if not comparison.size_is_right:
            height, width = comparison.given_size
            return self.finding(
                "size",
                {"height": height, "width": width},
                found=f"{height} x {width}",
                expected=f"{contract.height} x {contract.width}",
            )
        if not evidence.is_needed or reading == self.restored(reading, comparison):
            return None
        return self.finding(
            "crop",
            {**evidence.numbers, "crop_fraction": reading.crop_fraction},
            found=_describe(reading.crop_mode, reading.crop_fraction),
            expected=_describe(contract.crop_mode, contract.crop_fraction),
            before=f"{evidence.restored.misfit:.1f}",
            after=f"{evidence.fit.misfit:.1f}",
        )


def _describe(crop_mode: str, crop_fraction: float) -> str:
    return f"{crop_mode} {min(1.0, crop_fraction):.3g}"
