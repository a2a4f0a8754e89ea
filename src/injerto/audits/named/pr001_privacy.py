"""A folder from which training examples can be told, or read."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final, final

import numpy as np

from injerto.artifacts.inspecting import InspectedArtifact
from injerto.audits.audit import LABELS, AbstractAudit, Case, audits
from injerto.core.answer_kind import AnswerKind
from injerto.core.finding import Finding, Severity
from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.data.arrays import Floats

_HOLDS_ROWS: Final = {"nearest-neighbours": "num_stored"}
"""Heads that answer by stored training examples, and the setting that counts them."""
_TELLS: Final = 0.7
_NOTED: Final = 0.55
_RESAMPLES: Final = 400


@audits.register
@final
class Privacy(AbstractAudit):
    """A folder from which training examples can be told, or read.

    What it measures:
        Whether the head holds rows of training features. And membership inference: how well a training example is told
        from a test example by the probability of its own label alone, as the area under the curve (0.5 is a guess),
        with an interval; for that the data of the model's own training are needed.

    Why it matters:
        Features of a face or a sentence are personal data: they can be compared with a suspect's, and a network can be
        trained that draws them. A model that is surer of what it has seen tells who was in the data.

    How it decides:
        Warning: the head holds training rows; or the area is 0.7 or more even at the low end of its interval.
        Information: the low end is above 0.55. This attack is the simplest there is (Yeom et al. 2018): a low score is
        no proof of privacy.

    What to do:
        Take a linear head in place of `knn` where the folder leaves the house. Train less, or on more examples, where
        membership shows. Treat the folder as personal data as long as either holds.

    References:
        Yeom et al. 2018, arXiv 1709.01604. Carlini et al. 2022, arXiv 2112.03570 (stronger attacks).
    """

    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def judge(self, case: Case) -> Iterable[Finding]:
        assert isinstance(case.artifact, InspectedArtifact)  # It answers with labels.
        record = case.artifact.record
        if record.head in _HOLDS_ROWS:
            number = int(record.head_settings.get(_HOLDS_ROWS[record.head], 0))
            yield self.finding(Severity.WARNING, "rows", remedy=say("audit.PR001.remedy"), number=number)
        close_up, answered = case.close_up, case.answered
        if close_up is None or answered is None or not close_up.train:
            return
        known = close_up.train_probabilities[np.arange(len(close_up.train)), close_up.train_targets]
        foreign = close_up.probabilities[np.arange(len(answered.target)), answered.target]
        area, low, high = measure_membership(known, foreign, seed=case.seed)
        if low > _NOTED:
            severity = Severity.WARNING if low >= _TELLS else Severity.INFO
            values: dict[str, Any] = {
                name: f"{value:.2f}" for name, value in (("area", area), ("low", low), ("high", high))
            }
            found = self.finding(severity, "membership", remedy=say("audit.PR001.remedy-membership"), **values)
            yield found.model_copy(update={"measured": {"area": area, "low": low, "high": high}})


def measure_membership(known: Floats, foreign: Floats, *, seed: int) -> tuple[float, float, float]:
    """Area under the curve of telling training examples by the probability of their label, with a 95 % interval.

    It is the chance that one of them has more than one of the others; equal values count half.
    """
    generator = np.random.default_rng(derive_seed(seed, "membership"))
    draws = [
        _area(generator.choice(known, len(known)), generator.choice(foreign, len(foreign))) for _ in range(_RESAMPLES)
    ]
    low, high = np.percentile(draws, [2.5, 97.5])
    return _area(known, foreign), float(low), float(high)


def _area(known: Floats, foreign: Floats) -> float:
    ordered = np.sort(foreign)
    below = np.searchsorted(ordered, known, side="left") + np.searchsorted(ordered, known, side="right")
    return float(below.mean() / (2 * len(foreign)))
