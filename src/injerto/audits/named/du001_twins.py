"""Test examples that the model can hardly tell from a training example."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final, final

import numpy as np

from injerto.audits.audit import LABELS, AbstractAudit, Case, audits
from injerto.audits.groups import LEAST, measure_difference
from injerto.core.answer_kind import AnswerKind
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say

_ALIKE: Final = 0.98
_MANY: Final = 0.02
_MATTERS: Final = 2.0


@audits.register
@final
class Twins(AbstractAudit):
    """Test examples that the model can hardly tell from a training example.

    What it measures:
        Test examples whose features have a cosine of 0.98 or more with those of a training example (features centred),
        and the accuracy without them: frames of one video, crops of one photograph, one text with another number. Equal
        contents are not among them: `fit` keeps these apart, see LK001.

    Why it matters:
        What is answered from a twin is answered from memory, and new examples have no twin.

    How it decides:
        Fewer than 2 % of the test examples: nothing. Warning: the accuracy falls by 2 points or more without them, and
        they are answered better than the rest, the interval above zero. Information otherwise.

    What to do:
        Give `--group-column` with what twins share (video, patient, author): a group stays in one split.

    References:
        Barz and Denzler 2020, arXiv 1902.00423. Recht et al. 2019, arXiv 1902.10811.
    """

    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def reason_to_skip(self, case: Case) -> str | None:
        if (why := self.without_model(case)) is not None:
            return why
        assert case.close_up is not None
        return None if case.close_up.train else say("audit.needs-training")

    def judge(self, case: Case) -> Iterable[Finding]:
        answered, close_up = case.answered, case.close_up
        assert answered is not None
        assert close_up is not None
        twin = close_up.likeness() >= _ALIKE
        share = float(twin.mean())
        if share < _MANY:
            return
        right = answered.right.astype(np.float64)
        values: dict[str, Any] = {"number": int(twin.sum()), "share": 100 * share, "all": 100 * float(right.mean())}
        examples = np.flatnonzero(twin)[:8]
        if min(twin.sum(), (~twin).sum()) < LEAST:
            yield self.finding(Severity.INFO, "few", examples=examples, **values)
            return
        gap = measure_difference(right[twin], right[~twin], num_compared=1, seed=case.seed)
        without = 100 * float(right[~twin].mean())
        matters = gap.low > 0 and values["all"] - without >= _MATTERS
        yield self.finding(
            Severity.WARNING if matters else Severity.INFO,
            "twins",
            remedy=say("audit.DU001.remedy"),
            examples=examples,
            without=without,
            **values,
        )
