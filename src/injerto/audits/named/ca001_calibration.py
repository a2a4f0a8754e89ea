"""Probabilities that do not mean what they say."""

from collections.abc import Iterable
from typing import ClassVar, Final, final

from injerto.audits.audit import LABELS, AbstractAudit, Case, audits
from injerto.core.answer_kind import AnswerKind
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say
from injerto.evidence.calibration import measure_calibration

_MATTERS: Final = 0.05


@audits.register
@final
class CalibrationError(AbstractAudit):
    """Probabilities that do not mean what they say.

    What it measures:
        The expected calibration error of the predicted labels' probabilities, in bins of equal numbers of answers,
        and what a perfectly calibrated model would show with as few examples.

    Why it matters:
        Whoever sets a threshold, or sends the unsure cases to a person, relies on the probability and not on the label.

    How it decides:
        The error is above what 95 of 100 perfect models would stay below. Information below 5 points, else a warning.

    What to do:
        Train again with more tune examples, which set the temperature; on other data than those of training, collect
        some and set it anew.

    References:
        Guo et al. 2017, arXiv 1706.04599. Vaicenavicius et al. 2019, arXiv 1902.06977.
    """

    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def reason_to_skip(self, case: Case) -> str | None:
        return say("audit.needs-answers") if case.answered is None else None

    def judge(self, case: Case) -> Iterable[Finding]:
        assert case.answered is not None
        found = measure_calibration(case.answered)
        if found.error <= found.by_chance:
            return
        severity = Severity.WARNING if found.error >= _MATTERS else Severity.INFO
        yield self.finding(
            severity,
            "sure" if found.lean > 0 else "shy",
            error=100 * found.error,
            chance=100 * found.by_chance,
            lean=100 * abs(found.lean),
        )
