"""A group for which the model is right less often than for all others."""

from collections.abc import Iterable
from typing import Final, final

from injerto.audits.audit import AbstractAudit, Case, audits
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say

_MATTERS: Final = 5.0
"""Points of a gap from which it is a warning."""
_SERIOUS: Final = 10.0
"""Points that a gap has at the very least, by its interval, where it is serious."""


@audits.register
@final
class GroupGap(AbstractAudit):
    """A group for which the model is right less often than for all others.

    What it measures:
        For every column that was named, and for every pair of them, the accuracy of each group and the gap to all
        other examples, in points, with an interval. Groups below 20 examples are listed and not judged.

    Why it matters:
        A mean hides whom a model fails. Biases of a pretrained model survive fine-tuning also where the new data are
        balanced, and a group that is rare in the data costs next to nothing in the mean.

    How it decides:
        The gap's interval lies above zero. The intervals of all groups of a column hold together in 95 of 100 cases,
        so that the worst of many groups is not called bad by luck. Warning: the gap is 5 points or more. Serious: it
        is 10 points or more even at the low end of its interval. Smaller gaps are information.

    What to do:
        See where the gap comes from (IN001). Collect examples of the group, refit the last layer with groups in
        balance, or take another backbone; and measure again on data that chose nothing.

    References:
        Sagawa et al. 2020, arXiv 1911.08731. Salman et al. 2022, arXiv 2207.02842. Agresti and Caffo 2000, The American
        Statistician 54.
    """

    def reason_to_skip(self, case: Case) -> str | None:
        return None if case.groups and case.answered is not None else say("audit.needs-groups")

    def judge(self, case: Case) -> Iterable[Finding]:
        for table in case.tables:
            for one in table.groups:
                if one.gap is None or one.accuracy is None or one.gap.low <= 0:
                    continue
                gap, low = 100 * one.gap.value, 100 * one.gap.low
                severity = (
                    Severity.SERIOUS if low >= _SERIOUS else Severity.WARNING if gap >= _MATTERS else Severity.INFO
                )
                yield self.finding(
                    severity,
                    "gap",
                    subject=f"{table.column}={one.group}",
                    remedy=say("audit.GR001.remedy"),
                    column=table.column,
                    group=one.group,
                    accuracy=100 * one.accuracy.value,
                    mean=100 * table.mean,
                    gap=gap,
                    low=low,
                    high=100 * one.gap.high,
                    number=one.num_examples,
                )
