"""A label that is missed, or given wrongly, more often for one group than for the others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, final

import numpy as np

from injerto.audits.audit import LABELS, AbstractAudit, Case, audits
from injerto.audits.groups import LEAST, judged_groups, measure_difference, stated_in
from injerto.core.answer_kind import AnswerKind
from injerto.core.finding import Finding, Severity
from injerto.core.seeds import derive_seed
from injerto.data.arrays import Floats

_MATTERS: Final = 10.0
_MOST_LABELS: Final = 20


@audits.register
@final
class ErrorRates(AbstractAudit):
    """A label that is missed, or given wrongly, more often for one group than for the others.

    What it measures:
        For the 20 most frequent labels and each group of each named column: how often an example of the label is
        recognised (recall), and how often another example is called so (false alarms), against all other groups.
        Their largest spreads over groups are the table's equalised-odds difference; the spread of a label's share
        among the answers is its demographic-parity difference, which is shown and never judged: groups may differ.

    Why it matters:
        Two groups can have the same accuracy while all errors of one are refusals and all of the other are false
        grants. Who bears which error is often what matters.

    How it decides:
        A difference's interval lies above zero, with all intervals of a column holding together in 95 of 100 cases,
        and the difference is 10 points or more. Rates of fewer than 20 examples are not judged.

    What to do:
        Look at the examples behind the label (the report's confusions). Collect examples of that label and group.
        Thresholds of their own for each group are possible and may be against the law: ask first.

    References:
        Hardt et al. 2016, arXiv 1610.02413. Fairlearn's user guide, "Common fairness metrics".
    """

    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def reason_to_skip(self, case: Case) -> str | None:
        return self.without_groups(case)

    def judge(self, case: Case) -> Iterable[Finding]:
        for name, column in case.groups.items():
            compared = list(_compare(column, case))
            for one in compared:
                seed = derive_seed(case.seed, name, one.group, one.kind, one.label)
                gap = measure_difference(one.better, one.worse, num_compared=len(compared), seed=seed)
                if gap.low <= 0 or 100 * gap.value < _MATTERS:
                    continue
                yield self.finding(
                    Severity.WARNING,
                    one.kind,
                    subject=f"{name}={one.group}",
                    column=name,
                    group=one.group,
                    label=case.labels[one.label],
                    here=100 * one.here,
                    elsewhere=100 * one.elsewhere,
                    low=100 * gap.low,
                    high=100 * gap.high,
                )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Comparison:
    """A rate of one label, in one group and in all others."""

    group: str
    label: int
    kind: str
    better: Floats
    """Whether the label was given, where the group is worse off if this is larger than `worse`."""
    worse: Floats
    here: float
    elsewhere: float


def _compare(column: tuple[str | None, ...], case: Case) -> Iterator[_Comparison]:
    answered = case.label_answers
    assert answered is not None
    stated = stated_in(column)
    counts = answered.count()[0]
    frequent = [label for label in np.argsort(-counts, kind="stable").tolist() if counts[label]]
    for label in frequent[:_MOST_LABELS]:
        is_it, said = answered.carries(label), answered.says(label)
        for group, mask in judged_groups(column).items():
            for kind, base in (("recall", is_it), ("false-alarms", ~is_it)):
                if (mask & base).sum() < LEAST or (stated & base & ~mask).sum() < LEAST:
                    continue
                others, own = (said[base & some].astype(np.float64) for some in (stated & ~mask, mask))
                # Fewer hits are worse, and more false alarms are.
                better, worse = (others, own) if kind == "recall" else (own, others)
                yield _Comparison(
                    group=group,
                    label=label,
                    kind=kind,
                    better=better,
                    worse=worse,
                    here=float(own.mean()),
                    elsewhere=float(others.mean()),
                )
