"""A kind of example on which the model is wrong more often, found without any column of groups."""

from collections import Counter
from collections.abc import Iterable
from typing import ClassVar, Final, final

import numpy as np

from injerto.audits.audit import LABELS, AbstractAudit, Case, audits
from injerto.audits.slices import LEAST, Slice, describe_words, find_slices
from injerto.core.answer_kind import AnswerKind
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say
from injerto.data.items import Text
from injerto.evidence.answered import Answered

_MATTERS: Final = 5.0
_SERIOUS: Final = 10.0
_MOST: Final = 5
_SHOWN: Final = 8


@audits.register
@final
class Slices(AbstractAudit):
    """A kind of example on which the model is wrong more often, found without any column of groups.

    What it measures:
        Regions of the features on which the head decides where wrong answers are dense, in the judged examples, and the
        gap of each region to all others in points.

    Why it matters:
        The group that a model fails is often one that nobody wrote into a column: dark pictures, a dialect, an
        instrument. A mean hides it.

    How it decides:
        The nearest neighbours of each example, a few or many, of its label or of any, are one region each. The region
        with the densest errors is a finding where fewer than 3 of 100 shuffles of the errors have one as dense
        anywhere; it is taken out and the next is sought. The interval of its gap holds for every region at once; what
        a search adds to a gap is measured and taken off. Warning: the gap is 5 points or more. Serious: it is 10 or
        more even at the low end. Where the model says itself that it is unsure, its mean probability in the region not
        above the share right at the gap's low end, the region is information: examples between two labels are hard for
        any model. Small slices and weak ones stay unseen: benchmarks/slices.py says which part of planted ones is
        found.

    What to do:
        Look at the examples (`injerto report MODEL --data DATA`), give what they share a name and a column, and audit
        again with `--group`. Collect examples of the kind.

    References:
        Kulldorff 1997, Communications in Statistics 26 (the scan statistic). Zhang et al. 2010, Statistics in Medicine
        29 (one region after the other). Eyuboglu et al. 2022, arXiv 2203.14960 (Domino). d'Eon et al. 2022, arXiv
        2107.00758 (Spotlight).
    """

    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def reason_to_skip(self, case: Case) -> str | None:
        if (why := self.without_model(case)) is not None:
            return why
        assert case.answered is not None
        few = len(case.answered.target) < LEAST
        return say("audit.too-few-examples", least=LEAST) if few else None

    def judge(self, case: Case) -> Iterable[Finding]:
        answered, close_up = case.answered, case.close_up
        assert answered is not None
        assert close_up is not None
        right = answered.right.astype(np.float64)
        for one in find_slices(close_up.features, right, answered.target, seed=case.seed)[:_MOST]:
            gap, low, high = (100 * value for value in (one.gap.value, one.gap.low, one.gap.high))
            severity, confidence = Severity.INFO, _confidence(one, case)
            if gap >= _MATTERS and (confidence is None or confidence > one.at_best):
                severity = Severity.SERIOUS if low >= _SERIOUS else Severity.WARNING
            wrong_first = sorted(one.positions.tolist(), key=lambda position: bool(right[position]))
            yield self.finding(
                severity,
                "slice",
                remedy=say("audit.SC001.remedy"),
                examples=wrong_first[:_SHOWN],
                subject=_describe(one, case),
                number=len(one.positions),
                accuracy=100 * one.accuracy,
                gap=gap,
                low=low,
                high=high,
                described=_describe(one, case),
            )


def _confidence(one: Slice, case: Case) -> float | None:
    """The model's mean probability of its answers there; None where an example may carry several labels."""
    answered = case.answered
    return float(answered.confidence[one.positions].mean()) if isinstance(answered, Answered) else None


def _describe(one: Slice, case: Case) -> str:
    """Its most frequent label, the answers given, and telling words of texts."""
    answered, close_up = case.answered, case.close_up
    assert answered is not None
    assert close_up is not None
    labels = close_up.model.labels
    label, number = Counter(answered.target[one.positions].tolist()).most_common(1)[0]
    wrong = [position for position in one.positions.tolist() if not answered.right[position]]
    told = Counter(answered.predicted[wrong].tolist()).most_common(1)
    share = f"{100 * number / len(one.positions):.0f}"
    parts = [say("audit.SC001.label", label=labels[label], share=share)]
    if told:
        parts.append(say("audit.SC001.told", label=labels[told[0][0]]))
    if (confidence := _confidence(one, case)) is not None:
        parts.append(say("audit.SC001.sure", confidence=f"{100 * confidence:.0f}"))
    inside = set(one.positions.tolist())
    items = [example.item for example in close_up.test]
    texts = [item.text for item in items if isinstance(item, Text)]
    if len(texts) == len(items):
        own = [texts[position] for position in one.positions]
        words = describe_words(own, [text for place, text in enumerate(texts) if place not in inside])
        if words:
            parts.append(say("audit.SC001.words", words=", ".join(words)))
    return "; ".join(parts)
