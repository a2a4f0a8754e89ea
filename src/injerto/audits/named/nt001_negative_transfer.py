"""A transfer that hurt, or that nothing shows to have helped."""

from collections.abc import Iterable
from typing import final

from injerto.audits.audit import AbstractAudit, Case, audits
from injerto.core.evidence import Evidence, Verdict
from injerto.core.finding import Finding, Severity


@audits.register
@final
class NegativeTransfer(AbstractAudit):
    """A transfer that hurt, or that nothing shows to have helped.

    What it measures:
        The verdict of `fit`: the model against every control without transfer, on the same test examples.

    Why it matters:
        A pretrained model brings its licence, its size and its biases along. Where it does not help, none of them has
        to be taken.

    How it decides:
        Serious: the verdict is hurt. Information: the test examples do not settle it.

    What to do:
        The finding names the likely cause and a command, where measurements tell one.

    References:
        Wang et al. 2019, arXiv 1811.09751.
    """

    def judge(self, case: Case) -> Iterable[Finding]:
        evidence = case.artifact.outcome.evidence
        if evidence.verdict is Verdict.HELPED or case.artifact.record.plan.from_scratch:
            return
        severity = Severity.SERIOUS if evidence.verdict is Verdict.HURT else Severity.INFO
        remedy = None
        if isinstance(evidence, Evidence):
            remedy = evidence.diagnosis.remedy if evidence.diagnosis is not None else evidence.would_decide
        yield self.finding(severity, evidence.verdict, remedy=remedy, sentence=evidence.sentence)
