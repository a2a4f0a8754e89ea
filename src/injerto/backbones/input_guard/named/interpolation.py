"""Pictures were resized by another filter than the weights were trained with."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, final

from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.image_comparison import ImageComparison
from injerto.backbones.input_guard.image_fault import AbstractImageFault, ImageEvidence
from injerto.backbones.input_guard.image_reading import FILTERS, ImageReading
from injerto.core.input_finding import InputFinding


@FAULTS.register
@final
class Interpolation(AbstractImageFault):
    """OpenCV and torch by default do not average when they shrink, which no name of a filter says."""

    effort: ClassVar[int] = 1

    def alternatives(self, reading: ImageReading, comparison: ImageComparison) -> Sequence[ImageReading]:
        return [replace(reading, interpolation=name) for name in FILTERS]

    def restored(self, reading: ImageReading, comparison: ImageComparison) -> ImageReading:
        return replace(reading, interpolation=comparison.contract.interpolation)

    def judge(self, evidence: ImageEvidence) -> InputFinding | None:
        found, expected = evidence.readings[0].interpolation, evidence.comparison.contract.interpolation
        if not evidence.is_needed or found == expected:
            return None
        return self.finding(
            "interpolation",
            evidence.numbers,
            found=found,
            expected=expected,
            before=f"{evidence.restored.misfit:.2g}",
            after=f"{evidence.fit.misfit:.2g}",
        )
