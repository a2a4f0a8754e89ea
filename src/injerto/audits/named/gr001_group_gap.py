"""A group for which the model is right less often than for all others."""

from collections.abc import Iterable
from typing import Any, Final, final

from injerto.audits.audit import AbstractAudit, Case, audits
from injerto.core.evidence import Interval
from injerto.core.finding import Finding, GroupTable, Severity
from injerto.core.messages import say

_MATTERS: Final = 5.0
"""Points, or percent of what all others have, of a gap from which it is a warning."""
_SERIOUS: Final = 10.0
"""The same that a gap has at the very least, by its interval, where it is serious."""


@audits.register
@final
class GroupGap(AbstractAudit):
    """A group for which the model is right less often than for all others.

    What it measures:
        For every column that was named, and for every pair of them, the accuracy of each group and the gap to all
        other examples, in points, with an interval. Of transcripts it is the word error rate, of boxes mAP, of
        translations chrF, of other texts bits a byte. Groups below 20 examples are listed and not judged.

    Why it matters:
        A mean hides whom a model fails. Biases of a pretrained model survive fine-tuning also where the new data are
        balanced, and a group that is rare in the data costs next to nothing in the mean.

    How it decides:
        The gap's interval lies above zero. The intervals of all groups of a column hold together in 95 of 100 cases,
        so that the worst of many groups is not called bad by luck. Warning: the gap is 5 points or more. Serious: it
        is 10 points or more even at the low end of its interval. Bits a byte have no points: there it is percent of
        what all others take. Smaller gaps are information.

    What to do:
        See where the gap comes from (IN001). Collect examples of the group, refit the last layer with groups in
        balance, or take another backbone; and measure again on data that chose nothing.

    References:
        Sagawa et al. 2020, arXiv 1911.08731. Salman et al. 2022, arXiv 2207.02842. Agresti and Caffo 2000, The American
        Statistician 54.
    """

    def reason_to_skip(self, case: Case) -> str | None:
        return self.without_groups(case)

    def judge(self, case: Case) -> Iterable[Finding]:
        for table in case.tables:
            for one in table.groups:
                if one.gap is not None and one.value is not None and one.gap.low > 0:
                    yield self._find(table, one.group, one.num_examples, one.value, one.gap)

    def _find(self, table: GroupTable, group: str, number: int, value: Interval, gap: Interval) -> Finding:
        others = value.value + gap.value if table.higher_is_better else value.value - gap.value
        scale = {"share": 100.0, "hundred": 1.0, "plain": 100.0 / max(abs(others), 1e-9)}[table.unit]
        shown = 100.0 if table.unit == "share" else 1.0
        size, low = scale * gap.value, scale * gap.low
        severity = Severity.SERIOUS if low >= _SERIOUS else Severity.WARNING if size >= _MATTERS else Severity.INFO
        measured = {"accuracy": value.value, "mean": table.mean, "gap": gap.value, "low": gap.low, "high": gap.high}
        digits = 1 if table.unit != "plain" else 2
        words: dict[str, Any] = {name: f"{shown * one:.{digits}f}" for name, one in measured.items()}
        found = self.finding(
            severity,
            "gap" if table.metric == "accuracy" else f"gap-{table.unit}",
            subject=f"{table.column}={group}",
            remedy=say("audit.GR001.remedy" if table.metric == "accuracy" else "audit.GR001.remedy-other"),
            column=table.column,
            group=group,
            metric=say(f"audit.metric-{table.metric}"),
            number=number,
            **words,
        )
        kept = {"number": float(number)} | {name: shown * one for name, one in measured.items()}
        return found.model_copy(update={"measured": kept})
