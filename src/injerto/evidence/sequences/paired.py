"""Intervals of metrics that are functions of sums: one bootstrap over test examples, paired for two models.

Koehn 2004 (paired bootstrap for machine translation); sacreBLEU's own gives a p-value, this one the interval.
"""

from typing import Final

import numpy as np

from injerto.core.evidence import Interval
from injerto.core.seeds import derive_seed
from injerto.data.arrays import Floats
from injerto.tasks.answers import SequenceAnswers
from injerto.tasks.metrics.metric import AbstractMetric

_RESAMPLES: Final = 1000
_CONFIDENCE: Final = 0.95


def measure_metric(metric: AbstractMetric, answers: SequenceAnswers, *, seed: int) -> Interval:
    """The metric of a set with its percentile interval over resamples of the examples."""
    rows = metric.rows(answers)
    draws = _resampled(metric, rows, seed)
    return _interval(metric.score(rows.sum(axis=0)), draws, len(answers))


def measure_metric_gain(
    metric: AbstractMetric, model: SequenceAnswers, control: SequenceAnswers, *, seed: int
) -> Interval:
    """How much better the model is, above zero whichever way the metric runs; each resample takes the same examples
    for both."""
    sign = 1.0 if metric.higher_is_better else -1.0
    own, other = metric.rows(model), metric.rows(control)
    value = metric.score(own.sum(axis=0)) - metric.score(other.sum(axis=0))
    draws = _resampled(metric, own, seed) - _resampled(metric, other, seed)
    return _interval(sign * value, sign * draws, len(model))


def _resampled(metric: AbstractMetric, rows: Floats, seed: int) -> Floats:
    """The same resamples for the same seed and number of examples, which is what pairs two models."""
    num = len(rows)
    generator = np.random.default_rng(derive_seed(seed, "bootstrap", "sequences"))
    counts = generator.multinomial(num, np.full(num, 1 / num), size=_RESAMPLES)
    return np.array([metric.score(sums) for sums in counts @ rows], dtype=np.float64)


def _interval(value: float, draws: Floats, num_examples: int) -> Interval:
    low, high = np.quantile(draws, [(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2])
    return Interval(value=value, low=float(low), high=float(high), confidence=_CONFIDENCE, num_examples=num_examples)
