"""Texts were cut to another number of tokens than the contract's, or not at all."""

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
class TruncationLength(AbstractTextFault):
    """The longest row that was given says where it was cut."""

    def alternatives(self, reading: TextReading, comparison: TextComparison) -> Sequence[TextReading]:
        return (replace(reading, length=max(1, max(map(len, comparison.given)))),)

    def restored(self, reading: TextReading, comparison: TextComparison) -> TextReading:
        return replace(reading, length=comparison.contract.max_length)

    def judge(self, evidence: TextEvidence) -> InputFinding | None:
        found, expected = evidence.readings[0].length, evidence.comparison.contract.max_length
        if not evidence.is_needed or found == expected:
            return None
        return self.finding("truncation-length", {**evidence.numbers, "length": found}, found=found, expected=expected)
