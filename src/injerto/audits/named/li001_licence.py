"""A backbone whose licence forbids commercial use, is not known, or clashes with that of the data."""

from collections.abc import Iterable
from typing import final

from injerto.audits.audit import AbstractAudit, Case, audits
from injerto.core.finding import Finding, Severity
from injerto.core.licence import LicenceState
from injerto.core.messages import say


@audits.register
@final
class Licence(AbstractAudit):
    """A backbone whose licence forbids commercial use, is not known, or clashes with that of the data.

    What it measures:
        The licence in the record of the backbone that the model grew on, and that of the data where `fit` was told it
        (`--data-license`), read by their names alone.

    Why it matters:
        A fine-tuned network is a derived work: what binds the backbone binds the model.

    How it decides:
        Serious: the two clash, so that nothing made of both can be passed on by the words of both. Warning: one of them
        forbids commercial use. Information: no licence is recorded, or one that is not known.

    What to do:
        Take a backbone with another licence (`injerto backbones`), or other data, or ask their owners. Whether data
        bind what is learnt from them is disputed; the stricter reading is taken. This is a flag, not legal advice.

    References:
        The model's page on its hub. https://spdx.org/licenses/
    """

    def judge(self, case: Case) -> Iterable[Finding]:
        card, found = case.artifact.record.backbone.card, case.artifact.outcome.licence
        if found is not None and found.state is LicenceState.CLASH:
            yield self.finding(Severity.SERIOUS, "clash", remedy=say("audit.LI001.remedy"), sentence=found.sentence)
        elif card.commercial_use is False:
            yield self.finding(Severity.WARNING, "forbidden", name=card.name, licence=card.license or "–")
        elif found is not None and found.data is not None and found.commercial_use is False:
            yield self.finding(Severity.WARNING, "data", licence=found.data)
        elif card.commercial_use is None:
            key = "unknown" if card.license is None else "unread"
            yield self.finding(Severity.INFO, key, name=card.name, licence=card.license or "–")
