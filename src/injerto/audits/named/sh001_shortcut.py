"""A cue that goes with the label in training and that the answers follow where it does not."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final, final

import numpy as np

from injerto.audits.audit import LABELS, AbstractAudit, Case, audits
from injerto.audits.groups import LEAST, judged_groups, measure_difference
from injerto.core.answer_kind import AnswerKind
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.data.arrays import Ints

_MATTERS: Final = 5.0
_SERIOUS: Final = 10.0
_DECODES: Final = 0.1
"""Share above the most frequent value from which a column decodes from the features."""


@audits.register
@final
class Shortcut(AbstractAudit):
    """A cue that goes with the label in training and that the answers follow where it does not.

    What it measures:
        For each column that was named: how well its values decode from the features on which the head decides (exact
        leave-one-out of a linear head, beside the most frequent value), and how much less often the model is right
        where the cue contradicts the label than where it goes with it. A value goes with the label that it meets most
        often in training, compared with what chance would give.

    Why it matters:
        A background, a watermark, a speaker or the length of a text can tell the label in the data and nowhere else. A
        model that follows it has a good test score and fails in use.

    How it decides:
        The column decodes at least 10 points above its most frequent value, and the gap between examples that go with
        the cue and those that contradict it has an interval above zero. Warning: 5 points or more. Serious: 10 or more
        at the low end of the interval.

    What to do:
        `--strategy balanced-probe:by=COLUMN` or `erased-probe:by=COLUMN`, both from the stored features in seconds;
        `injerto mend MODEL DATA --group COLUMN` compares them. Collect examples in which cue and label disagree.

    References:
        Geirhos et al. 2020, arXiv 2004.07780 (shortcut learning). Sagawa et al. 2020, arXiv 1911.08731.
    """

    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def reason_to_skip(self, case: Case) -> str | None:
        if (why := self.without_groups(case) or self.without_model(case)) is not None:
            return why
        assert case.close_up is not None
        return None if case.close_up.train else say("audit.needs-training")

    def judge(self, case: Case) -> Iterable[Finding]:
        answered, close_up = case.answered, case.close_up
        assert answered is not None
        assert close_up is not None
        for place, (name, column) in enumerate(case.groups.items()):
            if len(judged_groups(column)) < 2:
                continue
            trained = [example.attributes[place] for example in close_up.train]
            goes_with = find_partner_labels(trained, close_up.train_targets)
            meets = np.array([goes_with.get(value, -1) if value is not None else -1 for value in column])
            # A value that goes with no label says nothing, nor does a label that no value goes with.
            partners = np.array([label in goes_with.values() for label in answered.target])
            counted = (meets >= 0) & partners
            agrees, contradicts = counted & (meets == answered.target), counted & (meets != answered.target)
            if min(agrees.sum(), contradicts.sum()) < LEAST:
                continue
            right = answered.right.astype(np.float64)
            gap = measure_difference(
                right[agrees], right[contradicts], num_compared=len(case.groups), seed=derive_seed(case.seed, name)
            )
            if gap.low <= 0:
                continue
            decoded, frequent = _decode(close_up.features, column)
            if decoded < frequent + _DECODES:
                continue
            points, low, high = (100 * value for value in (gap.value, gap.low, gap.high))
            severity = Severity.INFO
            if points >= _MATTERS:
                severity = Severity.SERIOUS if low >= _SERIOUS else Severity.WARNING
            wrong = np.flatnonzero(contradicts & ~answered.right)
            yield self.finding(
                severity,
                "cue",
                subject=name,
                remedy=say("audit.SH001.remedy", column=name),
                examples=wrong[np.argsort(-answered.confidence[wrong], kind="stable")][:8],
                column=name,
                decoded=100 * decoded,
                frequent=100 * frequent,
                agrees=100 * float(right[agrees].mean()),
                contradicts=100 * float(right[contradicts].mean()),
                gap=points,
                low=low,
                high=high,
            )


def find_partner_labels(column: Sequence[str | None], target: Ints) -> dict[str, int]:
    """For each value the label that it meets most often beyond chance; none where it meets each as chance has it.

    Beyond chance is a count two standard deviations above what independence of value and label would give.
    """
    pairs = [(value, int(label)) for value, label in zip(column, target, strict=True) if value is not None]
    values, labels = Counter(value for value, _ in pairs), Counter(label for _, label in pairs)
    together, total = Counter(pairs), len(pairs)
    found = {}
    for value, size in values.items():
        excess = {}
        for label, number in labels.items():
            expected = size * number / total
            excess[label] = (together[value, label] - expected) / np.sqrt(max(expected, 1e-9))
        best = max(excess, key=lambda label: (excess[label], -label))
        if excess[best] > 2:
            found[value] = best
    return found


def _decode(features: np.ndarray, column: Sequence[str | None]) -> tuple[float, float]:
    """Leave-one-out accuracy of a linear head on the column's values, and the share of the most frequent one."""
    import torch

    from injerto.evidence.suspect_labels import leave_out

    masks = judged_groups(tuple(column))
    chosen = np.flatnonzero(np.any(list(masks.values()), axis=0))
    names = list(masks)
    value = np.array([names.index(str(column[int(row)])) for row in chosen])
    told = leave_out(torch.from_numpy(features[chosen]), torch.from_numpy(value), num_classes=len(names))
    return float((told.argmax(axis=1) == value).mean()), float(np.bincount(value).max() / len(value))
