import numpy as np
import pytest

from injerto.evidence.bootstrap import measure_gain, measure_gap, measure_mean


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        interval = measure_mean((generator.uniform(size=80) < 0.7).astype(float), seed=trial)
        hits += interval.low <= 0.7 <= interval.high
    assert 0.90 <= hits / 200 <= 0.985


def test_pairing_narrows_the_interval_of_two_models_that_err_alike() -> None:
    generator = np.random.default_rng(1)
    first = (generator.uniform(size=300) < 0.8).astype(float)
    second = first.copy()
    second[:10] = 0
    paired, unpaired = measure_gain(first, second, seed=0), measure_gap(first, second, seed=0)
    assert paired.high - paired.low < 0.5 * (unpaired.high - unpaired.low)


def test_equal_answers_have_no_gain() -> None:
    same = np.ones(20)
    gain = measure_gain(same, same, seed=0)
    assert (gain.value, gain.low, gain.high) == (0, 0, 0)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(2).uniform(size=50)
    assert measure_mean(values, seed=3) == measure_mean(values, seed=3)
    assert measure_mean(values, seed=3).low != measure_mean(values, seed=4).low


def test_one_example_gives_its_own_value() -> None:
    assert measure_mean(np.array([1.0]), seed=0).value == pytest.approx(1.0)
