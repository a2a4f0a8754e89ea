"""Intervals over several seeds: seeds are resampled, and examples within them."""

from typing import Final

import numpy as np

from injerto.core.evidence import Interval
from injerto.core.seeds import derive_seed
from injerto.evidence.bootstrap import measure_mean
from injerto.tasks.task import Floats

_RESAMPLES: Final = 4000
_CONFIDENCE: Final = 0.95


def measure_over_seeds(values: Floats, *, seed: int) -> Interval:
    """Mean of per-example values of several trainings, with a two-level bootstrap interval.

    Both the training and the examples are samples: seeds are drawn with replacement, then examples, the same ones for
    all seeds, since all trainings are judged on the same examples. For a gain, pass the paired differences. With few
    seeds their own spread is known badly; three say little more than that there is one.

    Args:
        values: shape (seeds, examples); one row gives the interval of `measure_mean`.
    """
    num_seeds, num_examples = values.shape
    if num_seeds == 1:
        return measure_mean(values[0], seed=seed)
    generator = np.random.default_rng(derive_seed(seed, "bootstrap", "seeds"))
    draws = np.empty(_RESAMPLES)
    for number in range(_RESAMPLES):
        weights_S = np.bincount(generator.integers(0, num_seeds, size=num_seeds), minlength=num_seeds)
        examples_N = generator.integers(0, num_examples, size=num_examples)
        draws[number] = (weights_S @ values[:, examples_N]).sum() / (num_seeds * num_examples)
    low, high = np.quantile(draws, [(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2])
    return Interval(
        value=float(values.mean()),
        low=float(low),
        high=float(high),
        confidence=_CONFIDENCE,
        num_examples=num_examples,
    )
