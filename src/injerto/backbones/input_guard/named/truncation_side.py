"""Long texts lost their beginning where the weights were trained on texts that lost their end."""

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
class TruncationSide(AbstractTextFault):
    """Nothing to see where every text fits."""

    def alternatives(self, reading: TextReading, comparison: TextComparison) -> Sequence[TextReading]:
        return (replace(reading, keeps="end"),)

    def restored(self, reading: TextReading, comparison: TextComparison) -> TextReading:
        return replace(reading, keeps="beginning")

    def judge(self, evidence: TextEvidence) -> InputFinding | None:
        if not evidence.is_needed or evidence.readings[0].keeps == "beginning":
            return None
        changed = sum(
            before > after for before, after in zip(evidence.restored.by_item, evidence.fit.by_item, strict=True)
        )
        return self.finding(
            "truncation-side",
            {**evidence.numbers, "texts": changed},
            number=changed,
            total=len(evidence.readings),
            length=evidence.readings[0].length,
        )
