"""A label with far fewer examples than another, and worse recognised."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final, final

import numpy as np

from injerto.audits.audit import LABELS, AbstractAudit, Case, audits
from injerto.audits.groups import LEAST, measure_difference
from injerto.core.answer_kind import AnswerKind
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say

_MUCH: Final = 5.0
"""Times as many examples of the most frequent label as of a rare one."""
_MATTERS: Final = 5.0


@audits.register
@final
class Imbalance(AbstractAudit):
    """A label with far fewer examples than another, and worse recognised.

    What it measures:
        The largest label over the smallest one in the training split, and how much less often the examples of rare
        labels are recognised than those of others.

    Why it matters:
        The mean is that of the frequent labels. Where the rare one is the disease, it is what counts.

    How it decides:
        Rare is a label with a fifth of the examples of the most frequent one, or less. Warning: rare labels together
        (20 test examples or more) are recognised less often by 5 points or more, the interval above zero. Information:
        there are rare labels, and nothing shows that they are recognised less often.

    What to do:
        `--strategy balanced-probe` (without `by`) gives every label the same weight; labels of the rare kind are worth
        more than others: `injerto report` shows what more labels would give.

    References:
        Menon et al. 2021, arXiv 2007.07314 (logit adjustment). Kang et al. 2020, arXiv 1910.09217 (re-balancing the
        last layer alone).
    """

    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def reason_to_skip(self, case: Case) -> str | None:
        return say("audit.earlier-version") if case.artifact.facts is None else None

    def judge(self, case: Case) -> Iterable[Finding]:
        facts, answered = case.artifact.facts, case.answered
        assert facts is not None
        counts = {one.label: one.train for one in facts.classes}
        most = max(counts.values())
        rare = sorted(label for label, number in counts.items() if number * _MUCH <= most)
        if not rare:
            return
        times = most / max(1, min(counts.values()))
        values: dict[str, Any] = {
            "number": len(rare),
            "times": times,
            "first": min(rare, key=lambda label: (counts[label], label)),
        }
        if answered is not None:
            is_rare = np.isin(answered.target, [case.labels.index(one) for one in rare])
            right = answered.right.astype(np.float64)
            if min(is_rare.sum(), (~is_rare).sum()) >= LEAST:
                gap = measure_difference(right[~is_rare], right[is_rare], num_compared=1, seed=case.seed)
                if gap.low > 0 and 100 * gap.value >= _MATTERS:
                    yield self.finding(
                        Severity.WARNING,
                        "worse",
                        remedy=say("audit.IM001.remedy"),
                        gap=100 * gap.value,
                        low=100 * gap.low,
                        high=100 * gap.high,
                        **values,
                    )
                    return
        yield self.finding(Severity.INFO, "rare", remedy=say("audit.IM001.remedy"), **values)
