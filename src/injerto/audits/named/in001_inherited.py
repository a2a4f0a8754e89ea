"""Which part of a gap came with the pretrained model."""

from collections.abc import Iterable
from typing import final

from injerto.audits.audit import AbstractAudit, Case, audits
from injerto.audits.origins import tells_origins
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say


@audits.register
@final
class Inherited(AbstractAudit):
    """Which part of a gap came with the pretrained model.

    What it measures:
        For every gap of GR001 the same gap in two other models on the same test examples: a head on the frozen
        pretrained features (of models that write texts the untouched network), and a model of the same architecture
        without pretrained weights (trained from scratch where that control ran, else with random features).

    Why it matters:
        Each origin has its own remedy. A gap that any model of these data has is mended by data; one that the
        pretrained features bring along by another backbone, or by refitting; one that fine-tuning made by training
        less.

    How it decides:
        A control explains a gap where it has at least half of it, its interval above zero. Data: the control without
        transfer explains it. Inherited: it does not, and the frozen features do. Acquired: neither does, and the
        model's gap is larger than that of the frozen features, paired by example, its interval above zero. Else, and
        where the control without transfer is hardly better than the most frequent label, it stays unclear. It is
        information: how much the gap matters is said by GR001.

    What to do:
        Data: collect examples of the group. Inherited: compare backbones (`injerto plan`), or refit the last layer
        with groups in balance. Acquired: `linear-probe`, or a strategy that trains less.

    References:
        Salman et al. 2022, arXiv 2207.02842 (bias transfer). Kirichenko et al. 2023, arXiv 2204.02937 (refitting).
    """

    def reason_to_skip(self, case: Case) -> str | None:
        if (why := self.without_groups(case)) is not None:
            return why
        assert case.scored is not None
        return None if tells_origins(case.scored.controls) else say("audit.needs-controls")

    def judge(self, case: Case) -> Iterable[Finding]:
        for table in case.tables:
            for one in table.groups:
                if one.origin is None:
                    continue
                yield self.finding(
                    Severity.INFO,
                    one.origin,
                    subject=f"{table.column}={one.group}",
                    column=table.column,
                    group=one.group,
                )
