"""A test split that was looked at before."""

from collections.abc import Iterable
from typing import Final, final

from injerto.audits.audit import AbstractAudit, Case, audits
from injerto.core.finding import Finding, Severity

_MANY: Final = 5


@audits.register
@final
class TestRead(AbstractAudit):
    """A test split that was looked at before.

    What it measures:
        How often these very test examples had been answered on this machine before this model's figures were made.

    Why it matters:
        Each choice made after looking at a test score fits the model a little to the test examples, and the next score
        is too good.

    How it decides:
        Information from the first earlier reading on, a warning from the fifth.

    What to do:
        Choose by tune (`injerto plan` and `injerto compare` never read test), and keep a part of the data that nobody
        has looked at for the last figure.

    References:
        Dwork et al. 2015, Science 349 (the reusable holdout).
    """

    __test__ = False  # pytest would take the class for a test.

    def judge(self, case: Case) -> Iterable[Finding]:
        number = len(case.artifact.outcome.earlier_readings)
        if number:
            yield self.finding(Severity.WARNING if number >= _MANY else Severity.INFO, "read", number=number)
