"""Training labels that the other examples contradict."""

from collections.abc import Iterable
from typing import ClassVar, Final, final

from injerto.audits.audit import LABELS, AbstractAudit, Case, audits
from injerto.core.answer_kind import AnswerKind
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say

_MATTERS: Final = 0.02


@audits.register
@final
class SuspectTrainingLabels(AbstractAudit):
    """Training labels that the other examples contradict.

    What it measures:
        The share of training labels that a head which has not seen the example finds wrong, with bounds, as `fit` did.

    Why it matters:
        Wrong labels lower what can be learned and, in the test split, what can be measured.

    How it decides:
        Warning: even the lower bound, which takes off what hard examples alone would give, is 2 % or more.

    What to do:
        Look at them with `injerto report MODEL --data DATA`, mend what is wrong, and train again.

    References:
        Northcutt et al. 2021, arXiv 1911.00068.
    """

    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def reason_to_skip(self, case: Case) -> str | None:
        return say("audit.too-few-labels") if case.evidence.suspect_labels is None else None

    def judge(self, case: Case) -> Iterable[Finding]:
        found = case.evidence.suspect_labels
        assert found is not None
        if found.low >= _MATTERS:
            yield self.finding(
                Severity.WARNING, "some", low=100 * found.low, high=100 * found.high, number=found.num_suspect
            )
