"""The ids are those of another tokenizer: the network looks up other words than were written."""

from typing import Final, final

from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.text_comparison import AbstractTextFault, TextEvidence
from injerto.core.input_finding import InputFinding

_OVERLAP: Final = 0.5
"""Share of ids that are also the contract's, below which it is not the same tokenizer on the same texts."""


@FAULTS.register
@final
class WrongTokenizer(AbstractTextFault):
    """Ids that no other fault explains, and that are not the contract's in another order either."""

    def judge(self, evidence: TextEvidence) -> InputFinding | None:
        comparison = evidence.comparison
        size = comparison.contract.vocabulary_size
        too_large = sum(token >= size for row in comparison.given for token in row)
        if too_large:
            return self.finding("wrong-tokenizer-large", {"too_large": too_large}, number=too_large, size=size)
        overlap = comparison.overlap(evidence.readings)
        if evidence.fit.misfit <= comparison.foreign or overlap >= _OVERLAP:
            return None
        return self.finding("wrong-tokenizer", {**evidence.numbers, "overlap": overlap}, percent=f"{100 * overlap:.0f}")
