"""Whether probabilities mean what they say: how often answers of a given confidence are right."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from injerto.data.arrays import Floats
from injerto.evidence.answered import Answered, wilson

_BINS: Final = 10
_LEAST: Final = 30
"""Answers in a bin: with fewer its interval says next to nothing."""
_RESAMPLES: Final = 500


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class ConfidenceBin:
    """Answers of about one confidence."""

    confidence: float
    right: float
    low: float
    high: float
    number: int


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """The reliability of the probabilities of the predicted labels."""

    bins: tuple[ConfidenceBin, ...]
    error: float
    """Expected calibration error: the mean distance of confidence and share right, weighted by the answers of a bin."""
    by_chance: float
    """The error that 95 of 100 perfectly calibrated models would stay below with so few examples."""
    lean: float
    """Mean confidence minus accuracy: above zero is too sure."""


def measure_calibration(answered: Answered) -> Calibration:
    """In at most ten bins of equal numbers of answers (Nguyen and O'Connor 2015), so that none is empty.

    With few examples the error of a perfect model is well above zero. What it would be is simulated: right and wrong
    are drawn by the confidences themselves, and only an error above what 95 of 100 such draws give says something
    (Vaicenavicius et al. 2019, arXiv 1902.06977).
    """
    order = np.argsort(answered.confidence, kind="stable")
    parts = [part for part in np.array_split(order, min(_BINS, max(1, len(order) // _LEAST))) if len(part)]
    right = answered.right.astype(np.float64)
    found = []
    for part in parts:
        low, high = wilson(int(right[part].sum()), len(part))
        confidence = float(answered.confidence[part].mean())
        share = float(right[part].mean())
        found.append(ConfidenceBin(confidence=confidence, right=share, low=low, high=high, number=len(part)))
    generator = np.random.default_rng(0)
    drawn = [
        _error((generator.random(len(right)) < answered.confidence).astype(np.float64), answered.confidence, parts)
        for _ in range(_RESAMPLES)
    ]
    return Calibration(
        bins=tuple(found),
        error=_error(right, answered.confidence, parts),
        by_chance=float(np.quantile(drawn, 0.95)),
        lean=float(answered.confidence.mean() - right.mean()),
    )


def _error(right: Floats, confidence: Floats, parts: list[np.ndarray]) -> float:
    return float(sum(abs(right[part].mean() - confidence[part].mean()) * len(part) for part in parts) / len(right))
