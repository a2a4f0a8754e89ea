"""Red and blue are swapped: OpenCV reads BGR, most weights know RGB."""

from collections.abc import Sequence
from dataclasses import replace
from typing import final

from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.image_comparison import ImageComparison
from injerto.backbones.input_guard.image_fault import AbstractImageFault, ImageEvidence, are_swapped
from injerto.backbones.input_guard.image_reading import ImageReading
from injerto.core.input_finding import InputFinding


@FAULTS.register
@final
class ChannelOrder(AbstractImageFault):
    """Nothing to see where all pictures are grey, and nothing to mend."""

    def alternatives(self, reading: ImageReading, comparison: ImageComparison) -> Sequence[ImageReading]:
        return () if comparison.contract.channel_order == "grey" else (replace(reading, channels_swapped=True),)

    def restored(self, reading: ImageReading, comparison: ImageComparison) -> ImageReading:
        return replace(reading, channels_swapped=False)

    def judge(self, evidence: ImageEvidence) -> InputFinding | None:
        swapped = evidence.is_needed and evidence.readings[0].channels_swapped
        # Grey pictures whose channels were swapped after they were normalised: the constants tell.
        constants = evidence.comparison.constants(evidence.readings)
        contract = evidence.comparison.contract
        if not swapped and (contract.channel_order == "grey" or not are_swapped(constants, contract)):
            return None
        return self.finding(
            "channel-order",
            evidence.numbers,
            before=f"{evidence.restored.misfit:.1f}",
            after=f"{evidence.fit.misfit:.1f}",
            order=contract.channel_order.upper(),
        )
