"""Figures of a set of examples that can be taken of any part of it, and resampled: what groups are compared by."""

# D draws, E examples, S statistics, L labels.

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, final

import numpy as np

from injerto.core.finding import Unit
from injerto.data.arrays import Floats, Ints
from injerto.evidence.answered import AbstractAnswers, Answered
from injerto.evidence.answered_sets import AnsweredSets
from injerto.tasks.detection.metrics import BoxMatches

_FEWEST_DRAWS: Final = 200
_MEAN_DRAWS: Final = 4000
_MOST_DRAWN: Final = 400_000
"""Numbers drawn for one figure: fewer draws for a thousand labels, whose mean hardly moves."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AbstractQuantity(ABC):
    """One figure of examples, by their positions."""

    name: str
    higher_is_better: bool = True
    unit: Unit = "share"
    chance: float = 0.0
    """What is reached without knowing anything."""
    num_draws: ClassVar[int] = 2000

    @abstractmethod
    def of(self, positions: Ints) -> float:
        """The figure of these examples; nan where they do not define it."""

    @abstractmethod
    def draws(self, positions: Ints, *, seed: int) -> Floats:
        """The figure of resamples of these examples, shape (draws,); the same seed pairs quantities of one set."""

    def knows(self, positions: Ints) -> bool:
        """Whether the figure is a tenth of the way from knowing nothing to knowing all."""
        best = {"share": 1.0, "hundred": 100.0, "plain": 0.0}[self.unit] if self.higher_is_better else 0.0
        return abs(self.of(positions) - self.chance) >= abs(best - self.chance) / 10


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class SumQuantity(AbstractQuantity):
    """A function of sums of statistics: error rates of transcripts, every metric of written texts."""

    rows_ES: Floats
    score: Callable[[Floats], float]
    """Of sums of shape (statistics,)."""

    def of(self, positions: Ints) -> float:
        return float(self.score(self.rows_ES[positions].sum(axis=0)))

    def draws(self, positions: Ints, *, seed: int) -> Floats:
        """A bootstrap over examples (Efron and Tibshirani 1993): each draw takes as many, with repeats."""
        num = len(positions)
        counts = np.random.default_rng(seed).multinomial(num, np.full(num, 1 / num), size=self.num_draws)
        return np.array([self.score(sums) for sums in counts @ self.rows_ES[positions]], dtype=np.float64)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class BoxQuantity(AbstractQuantity):
    """Mean average precision of a part of the pictures, over the classes that they show."""

    matches: BoxMatches
    place: int = 0
    """0 for mAP, 1 for AP50."""
    num_draws: ClassVar[int] = 200

    def of(self, positions: Ints) -> float:
        return self.matches.mean_precision(positions)[self.place]

    def draws(self, positions: Ints, *, seed: int) -> Floats:
        generator = np.random.default_rng(seed)
        drawn = (generator.choice(positions, len(positions)) for _ in range(self.num_draws))
        return np.array([self.matches.mean_precision(some)[self.place] for some in drawn])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class RateQuantity(AbstractQuantity):
    """Recall, precision or false positives, as the mean over the labels for which the examples define it."""

    answered: AbstractAnswers
    kind: Literal["recall", "precision", "false-positives"]

    def of(self, positions: Ints) -> float:
        hits, of = self._count(positions)
        known = of > 0
        return float((hits[known] / of[known]).mean()) if known.any() else float("nan")

    def draws(self, positions: Ints, *, seed: int) -> Floats:
        """A parametric bootstrap: the hits of each label drawn by a rate that is shrunk by one hit and one miss.

        Of few examples that are all right every plain resample is perfect, which is far too sure (see `bootstrap.py`).
        The draws are moved so that they lie around what was measured: shrinking widens them and moves nothing.
        """
        hits, of = self._count(positions)
        known = of > 0
        if not known.any():
            return np.full(_FEWEST_DRAWS, np.nan)
        rates = (hits[known] + 1) / (of[known] + 2)
        number = max(_FEWEST_DRAWS, min(self.num_draws, _MOST_DRAWN // len(rates)))
        drawn_DL = np.random.default_rng(seed).binomial(of[known], rates, size=(number, len(rates)))
        moved = (drawn_DL / of[known]).mean(axis=1) - rates.mean() + self.of(positions)
        return np.asarray(np.clip(moved, 0.0, 1.0))

    def _count(self, positions: Ints) -> tuple[Ints, Ints]:
        """For each label what is counted, and out of how many."""
        carried, named, hits = self.answered.count(positions)
        if self.kind == "recall":
            return hits, carried
        if self.kind == "precision":
            return hits, named
        # A label that nothing here is asked about says nothing of false alarms either.
        asked = (carried + named) > 0
        return named - hits, np.where(asked, len(positions) - carried, 0)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class AccuracyQuantity(AbstractQuantity):
    """The share that is right."""

    right: Floats
    """0 or 1 an example."""

    def of(self, positions: Ints) -> float:
        return float(self.right[positions].mean())

    def draws(self, positions: Ints, *, seed: int) -> Floats:
        """A bootstrap that knows one more right and one more wrong example (Agresti and Caffo 2000)."""
        return resample_means(self.right[positions], seed=seed)


def resample_means(values: Floats, *, seed: int) -> Floats:
    """Means of resamples of values in −1, 0 and 1 and of one imagined best and worst among them, shape (draws,).

    Of a few different values it is enough to draw how often each comes.
    """
    held = np.concatenate([values, [min(0.0, float(values.min())), 1.0]])
    kinds, counts = np.unique(held, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(held), counts / len(held), size=_MEAN_DRAWS)
    return np.asarray(drawn @ kinds / len(held))


def quantities_of_labels(answered: Answered) -> tuple[AbstractQuantity, ...]:
    """The accuracy, then the rates of labels as means over labels."""
    return AccuracyQuantity(name="accuracy", right=answered.right.astype(np.float64)), *_rates(answered)


def quantities_of_sets(answered: AnsweredSets) -> tuple[AbstractQuantity, ...]:
    """The share of examples with all labels right, then the rates of labels as means over labels."""
    return AccuracyQuantity(name="all-labels", right=answered.right.astype(np.float64)), *_rates(answered)


def _rates(answered: AbstractAnswers) -> list[RateQuantity]:
    return [
        RateQuantity(name=kind, answered=answered, kind=kind, higher_is_better=kind != "false-positives")
        for kind in ("recall", "precision", "false-positives")
    ]


def quantities_of_boxes(matches: BoxMatches) -> tuple[AbstractQuantity, ...]:
    """mAP, then AP50."""
    return BoxQuantity(name="map", matches=matches), BoxQuantity(name="ap50", matches=matches, place=1)


def quantities_of_words(kinds: Mapping[str, Floats]) -> tuple[AbstractQuantity, ...]:
    """Word and character error rate from words and characters substituted, left out, put in and said."""
    named = {"wer": "word", "cer": "character"}
    return tuple(
        SumQuantity(name=name, rows_ES=kinds[unit], score=_error_rate, higher_is_better=False, chance=1.0)
        for name, unit in named.items()
        if unit in kinds
    )


def _error_rate(sums: Floats) -> float:
    return float(sums[:3].sum() / max(1.0, float(sums[3])))
