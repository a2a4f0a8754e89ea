"""A backbone whose licence forbids commercial use, or is not known."""

from collections.abc import Iterable
from typing import final

from injerto.audits.audit import AbstractAudit, Case, audits
from injerto.core.finding import Finding, Severity


@audits.register
@final
class Licence(AbstractAudit):
    """A backbone whose licence forbids commercial use, or is not known.

    What it measures:
        The licence in the record of the backbone that the model grew on, read by its name alone.

    Why it matters:
        A fine-tuned network is a derived work: what binds the backbone binds the model.

    How it decides:
        Warning: the licence forbids commercial use. Information: no licence is recorded, or one that is not known.

    What to do:
        Take a backbone with another licence (`injerto backbones`), or ask its owner. This is a flag, not legal advice;
        the licence of your own data is not looked at.

    References:
        The model's page on its hub. https://spdx.org/licenses/
    """

    def judge(self, case: Case) -> Iterable[Finding]:
        card = case.artifact.record.backbone.card
        if card.commercial_use is False:
            yield self.finding(Severity.WARNING, "forbidden", name=card.name, licence=card.license or "–")
        elif card.commercial_use is None:
            key = "unknown" if card.license is None else "unread"
            yield self.finding(Severity.INFO, key, name=card.name, licence=card.license or "–")
