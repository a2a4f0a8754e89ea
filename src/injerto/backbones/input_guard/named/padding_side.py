"""Short texts are filled up on the left, which moves the positions of their words."""

from typing import final

from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.text_comparison import AbstractTextFault, TextEvidence
from injerto.core.input_finding import InputFinding


@FAULTS.register
@final
class PaddingSide(AbstractTextFault):
    """Read off the mask alone."""

    def judge(self, evidence: TextEvidence) -> InputFinding | None:
        comparison = evidence.comparison
        if not comparison.padded_left or comparison.contract.padding_side == "left":
            return None
        return self.finding("padding-side", {})
