"""A model that knows its training examples better than others."""

from collections.abc import Iterable
from typing import final

from injerto.audits.audit import AbstractAudit, Case, audits
from injerto.core.evidence import Verdict
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say
from injerto.core.sequences import SequenceEvidence, SequenceOverfitting


@audits.register
@final
class Overfitting(AbstractAudit):
    """A model that knows its training examples better than others.

    What it measures:
        The accuracy on train minus that on tune, with an interval, and whether the plain head on the frozen backbone
        does better on test than the trained network.

    Why it matters:
        A gap alone is harmless where the model is still the best there is; it is a sign that fewer parameters, or more
        data, would give the same for less. Losing to the frozen backbone is harm: training destroyed what was there.

    How it decides:
        Warning: the gap's whole interval lies above 5 points; of written texts, the loss on tune rose again and is a
        tenth above that on train. Serious: the frozen backbone beats the model, its interval above the plan's minimum
        effect.

    What to do:
        A strategy that trains less (`linear-probe`, `norm-bias`), more labels where the learning curve says that they
        help, augmentation for pictures.

    References:
        Kumar et al. 2022, arXiv 2202.10054 (fine-tuning can distort pretrained features).
    """

    def judge(self, case: Case) -> Iterable[Finding]:
        evidence = case.artifact.outcome.evidence
        if isinstance(evidence, SequenceEvidence):
            yield from self._of_texts(evidence.overfitting)
            return
        found = evidence.overfitting
        frozen = next((one for one in evidence.controls if one.name == "frozen-backbone"), None)
        trains_head_alone = all(phase.trains == "head" for phase in case.artifact.record.plan.phases)
        remedy = say("audit.OV001.remedy-frozen" if trains_head_alone else "audit.OV001.remedy")
        if frozen is not None and frozen.verdict is Verdict.HURT and not case.artifact.record.plan.from_scratch:
            yield self.finding(Severity.SERIOUS, "lost", remedy=remedy, gain=-100 * frozen.gain)
        elif found.overfitted:
            gap, low, high = (100 * value for value in (found.gap.value, found.gap.low, found.gap.high))
            yield self.finding(Severity.WARNING, "gap", remedy=remedy, gap=gap, low=low, high=high)

    def _of_texts(self, found: SequenceOverfitting) -> Iterable[Finding]:
        if found.overfitted:
            train, tune = f"{found.train_loss:.2f}", f"{found.tune_loss:.2f}"
            yield self.finding(
                Severity.WARNING, "texts", remedy=say("audit.OV001.remedy-texts"), train=train, tune=tune
            )
