import numpy as np
import pytest

from injerto.evidence.answered import Answered
from injerto.evidence.calibration import measure_calibration


def draw(seed: int, *, number: int, too_sure: float) -> Answered:
    """Binary answers that are right as often as their confidence says, less `too_sure`."""
    generator = np.random.default_rng(seed)
    confidence = generator.uniform(0.55, 0.98, number)
    right = generator.random(number) < confidence - too_sure
    return Answered(
        target=np.zeros(number, dtype=np.int64),
        predicted=1 - right.astype(np.int64),
        confidence=confidence,
        num_labels=2,
    )


def test_a_calibrated_model_is_seldom_called_off() -> None:
    found = [measure_calibration(draw(seed, number=200, too_sure=0.0)) for seed in range(40)]
    called_off = sum(one.error > one.by_chance for one in found)
    assert called_off <= 6  # 2 expected; more than 6 of 40 at a rate of 5 % has a chance of 0.3 %


def test_a_model_that_is_too_sure_is_called_off_and_by_how_much() -> None:
    found = measure_calibration(draw(0, number=400, too_sure=0.2))
    assert found.error > found.by_chance
    assert found.lean == pytest.approx(0.2, abs=0.06)
    assert found.error == pytest.approx(0.2, abs=0.06)


def test_bins_hold_all_answers_evenly() -> None:
    found = measure_calibration(draw(1, number=317, too_sure=0.0))
    assert sum(one.number for one in found.bins) == 317
    assert {one.number for one in found.bins} == {31, 32}
    assert all(one.low <= one.right <= one.high for one in found.bins)


def test_one_answer_is_enough() -> None:
    one = Answered(target=np.array([0]), predicted=np.array([0]), confidence=np.array([0.9]), num_labels=2)
    assert len(measure_calibration(one).bins) == 1
