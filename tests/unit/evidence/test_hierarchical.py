"""Intervals over seeds: they widen by the spread of seeds, and cover as they say."""

import numpy as np

from injerto.evidence.bootstrap import measure_mean
from injerto.evidence.hierarchical import measure_over_seeds


def test_one_seed_is_the_plain_interval() -> None:
    values = np.random.default_rng(0).integers(0, 2, 80).astype(float)
    assert measure_over_seeds(values[None], seed=3) == measure_mean(values, seed=3)


def test_seeds_that_disagree_widen_the_interval() -> None:
    generator = np.random.default_rng(1)
    same = np.tile(generator.random(200) < 0.7, (5, 1)).astype(float)
    apart = np.stack([generator.random(200) < share for share in (0.4, 0.55, 0.7, 0.85, 1.0)]).astype(float)
    narrow, wide = measure_over_seeds(same, seed=0), measure_over_seeds(apart, seed=0)
    assert narrow.value == same.mean()
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_it_covers_the_mean_over_new_seeds_and_new_examples() -> None:
    """Ten seeds of which each shifts the accuracy by 3 points, 150 examples: at least 88 % of nominal 95."""
    generator = np.random.default_rng(2)
    covered = 0
    for trial in range(100):
        shares = np.clip(0.8 + 0.03 * generator.standard_normal(10), 0, 1)
        values = (generator.random((10, 150)) < shares[:, None]).astype(float)
        found = measure_over_seeds(values, seed=trial)
        covered += found.low <= 0.8 <= found.high
    assert covered >= 88
