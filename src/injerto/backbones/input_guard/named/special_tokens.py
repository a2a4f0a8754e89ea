"""The tokens that a tokenizer puts around a text ([CLS], [SEP]) are missing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import final

from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.text_comparison import (
    AbstractTextFault,
    TextComparison,
    TextEvidence,
    TextReading,
)
from injerto.core.input_finding import InputFinding


@FAULTS.register
@final
class SpecialTokens(AbstractTextFault):
    """`add_special_tokens=False` is meant for those who add them by hand."""

    def alternatives(self, reading: TextReading, comparison: TextComparison) -> Sequence[TextReading]:
        return (replace(reading, special_tokens=False),) if comparison.has_special_tokens else ()

    def restored(self, reading: TextReading, comparison: TextComparison) -> TextReading:
        return replace(reading, special_tokens=True)

    def judge(self, evidence: TextEvidence) -> InputFinding | None:
        if not evidence.is_needed or evidence.readings[0].special_tokens:
            return None
        return self.finding("special-tokens", evidence.numbers)
