import numpy as np
import pytest

from injerto.evidence.answered import wilson
from injerto.evidence.bootstrap import measure_accuracy, measure_gain, measure_gap, measure_mean, measure_rate


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
    assert gain.value == 0
    assert gain.low < 0 < gain.high  # Twenty examples cannot show that two models never differ.


@pytest.mark.parametrize("num", [12, 30, 100])
@pytest.mark.parametrize(("wins", "losses"), [(0.1, 0.02), (0.3, 0.1), (0.05, 0.0)])
def test_an_interval_of_a_gain_holds_the_truth_from_few_examples_on(num: int, wins: float, losses: float) -> None:
    generator = np.random.default_rng(num)
    hits = 0
    for trial in range(300):
        drawn = generator.uniform(size=num)
        model = (drawn < wins).astype(float)
        control = (drawn > 1 - losses).astype(float)
        gain = measure_gain(model, control, seed=trial)
        hits += gain.low <= wins - losses + 1e-9 and wins - losses - 1e-9 <= gain.high
    assert hits / 300 >= 0.91  # The plain percentile interval: 0.40 to 0.75 of twelve examples.


@pytest.mark.parametrize(("num", "share"), [(12, 0.8), (30, 0.95), (100, 0.99)])
def test_an_interval_of_an_accuracy_holds_the_truth_with_few_errors(num: int, share: float) -> None:
    generator = np.random.default_rng(num)
    hits = 0
    for trial in range(150):
        measured = measure_accuracy((generator.uniform(size=num) < share).astype(float), seed=trial)
        hits += measured.low <= share <= measured.high
    assert hits / 150 >= 0.88


def test_a_perfect_score_on_few_examples_is_not_certain() -> None:
    measured = measure_accuracy(np.ones(12), seed=0)
    assert measured.value == measured.high == 1
    assert measured.low < 0.8


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(2).uniform(size=50)
    assert measure_mean(values, seed=3) == measure_mean(values, seed=3)
    assert measure_mean(values, seed=3).low != measure_mean(values, seed=4).low


def test_one_example_gives_its_own_value() -> None:
    assert measure_mean(np.array([1.0]), seed=0).value == pytest.approx(1.0)


def test_no_error_in_a_few_recordings_does_not_prove_that_there_is_none() -> None:
    rate = measure_rate(np.zeros(24), np.full(24, 3.0), seed=0)
    assert (rate.value, rate.low) == (0, 0)
    assert rate.high == pytest.approx(wilson(0, 24)[1], abs=1e-3)
    assert measure_rate(np.zeros(2000), np.full(2000, 3.0), seed=0).high < 0.002
