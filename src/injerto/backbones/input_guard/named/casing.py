"""Texts were lower-cased for weights that know capitals, or kept theirs for weights that do not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import final

from injerto.backbones.input_guard.fault import FAULTS
from injerto.backbones.input_guard.text_comparison import (
    AbstractTextFault,
    Casing,
    TextComparison,
    TextEvidence,
    TextReading,
)
from injerto.core.input_finding import InputFinding


@FAULTS.register
@final
class CasingFault(AbstractTextFault):
    """Invisible, and harmless, where a tokenizer lower-cases by itself and a text was lower-cased before."""

    def alternatives(self, reading: TextReading, comparison: TextComparison) -> Sequence[TextReading]:
        casings: tuple[Casing, ...] = ("kept",) if comparison.contract.lowercase else ("lower", "upper")
        return [replace(reading, casing=casing) for casing in casings]

    def restored(self, reading: TextReading, comparison: TextComparison) -> TextReading:
        return replace(reading, casing="as it is")

    def judge(self, evidence: TextEvidence) -> InputFinding | None:
        casing = evidence.readings[0].casing
        if not evidence.is_needed or casing == "as it is":
            return None
        changed = sum(
            before > after for before, after in zip(evidence.restored.by_item, evidence.fit.by_item, strict=True)
        )
        return self.finding(
            f"casing-{casing}",
            {**evidence.numbers, "texts": changed},
            number=changed,
            total=len(evidence.readings),
        )
