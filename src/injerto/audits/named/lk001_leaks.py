"""Examples of tune or test that are also in train, and contents with two labels."""

from collections.abc import Iterable
from typing import Final, final

from injerto.audits.audit import AbstractAudit, Case, audits
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say

_NOISE: Final = 0.02


@audits.register
@final
class Leaks(AbstractAudit):
    """Examples of tune or test that are also in train, and contents with two labels.

    What it measures:
        Exact repeats between the splits as the data gave them, contents that carry two labels, and pairs that are
        nearly equal (small pictures that correlate by 0.995 or more, texts alike but for case and punctuation) with
        different labels. All of it was counted when the model was trained.

    Why it matters:
        A test example that was trained on is answered from memory, and the accuracy is of nothing new.

    How it decides:
        Any repeat between splits is a warning: `fit` keeps test as it is and drops the copy from train, so that this
        model's figures are clean, but whoever uses the data otherwise is fooled. Contents with two labels are a
        warning. Nearly equal pairs that disagree are one where they say that 2 % of the labels or more are wrong.

    What to do:
        `injerto inspect DATA` names every place. Remove one of each pair, and settle labels that disagree.

    References:
        Barz and Denzler 2020, arXiv 1902.00423 (duplicates in CIFAR's test sets).
    """

    def reason_to_skip(self, case: Case) -> str | None:
        return say("audit.earlier-version") if case.artifact.facts is None else None

    def judge(self, case: Case) -> Iterable[Finding]:
        facts = case.artifact.facts
        assert facts is not None
        remedy = say("audit.LK001.remedy")
        if facts.num_leaks:
            yield self.finding(Severity.WARNING, "leaks", remedy=remedy, number=facts.num_leaks)
        if facts.num_conflicts:
            yield self.finding(Severity.WARNING, "conflicts", remedy=remedy, number=facts.num_conflicts)
        if facts.label_noise is not None and facts.label_noise >= _NOISE:
            share = 100 * facts.label_noise
            yield self.finding(Severity.WARNING, "noise", remedy=remedy, share=share, number=facts.num_alike)
