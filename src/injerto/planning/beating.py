"""Whether one way to answer beats another on the same examples, by accuracy and log loss together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np

from injerto.tasks.task import Floats

_MORE_THAN: Final = 1.0
"""Standard errors by which one of the two measures has to be better."""
_AT_MOST_BEHIND: Final = 0.5
"""Standard errors by which the other may be worse."""
_LEAST_LOSS: Final = 0.005
"""Log loss an example, a factor of 1.005 in the probability of the truth, below which a gain is none, however sure."""
_LARGEST_LOSS: Final = 13.8
"""Of an example, one in a million for the truth: a single certain error would drown all others."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What one training gave on the examples that judge, in their order."""

    right: Floats
    """1 or 0, shape (examples,) or, of several trainings, (seeds, examples)."""
    losses: Floats
    """Log losses, of the same shape."""

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Several selections behind each other."""
        return cls(
            right=np.concatenate([part.right for part in parts]), losses=np.concatenate([part.losses for part in parts])
        )


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """How far one is ahead of another; standard errors are of the differences, paired by example."""

    gain: float
    """Of accuracy."""
    standard_error: float
    loss_gain: float
    """Log loss saved an example."""
    loss_standard_error: float

    @property
    def in_errors(self) -> tuple[float, float]:
        """Both gains in their standard errors."""
        return _ratio(self.gain, self.standard_error), _ratio(self.loss_gain, self.loss_standard_error)

    @property
    def beats(self) -> bool:
        """More than a standard error ahead in accuracy or noticeably in log loss, and not clearly behind in the other.

        In fifty examples accuracy alone decides little. In fifteen cases (thirteen data sets with 10 labels a class,
        two with 50) choosing among three frozen heads by accuracy alone lost 2.6 points against the best of all
        strategies, 17.9 in the worst case; by both, 0.9 and 3.8. The rule was chosen on these cases, by the trials of
        `python -m benchmarks.regret --trials`, when few tuning examples still stopped phases early.
        """
        by_accuracy, by_loss = self.in_errors
        is_ahead = by_accuracy > _MORE_THAN or (by_loss > _MORE_THAN and self.loss_gain >= _LEAST_LOSS)
        return is_ahead and min(by_accuracy, by_loss) > -_AT_MOST_BEHIND

    @property
    def is_hopeless(self) -> bool:
        """Ahead by less than half a standard error in both: more examples are not worth their trainings."""
        return max(self.in_errors) < _AT_MOST_BEHIND


def measure_lead(new: Judged, best: Judged) -> Lead:
    """How far `new` is ahead of `best` on the same examples."""
    rights = new.right - best.right
    losses = np.minimum(best.losses, _LARGEST_LOSS) - np.minimum(new.losses, _LARGEST_LOSS)
    return Lead(
        gain=float(rights.mean()),
        standard_error=_standard_error(rights),
        loss_gain=float(losses.mean()),
        loss_standard_error=_standard_error(losses),
    )


def _standard_error(differences: Floats) -> float:
    return float(differences.std(ddof=1) / math.sqrt(len(differences))) if len(differences) > 1 else math.inf


def _ratio(gain: float, error: float) -> float:
    if error > 0:
        return gain / error
    return math.copysign(math.inf, gain) if gain else 0.0
