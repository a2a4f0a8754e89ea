"""Intervals of metrics over resampled examples: pairing, direction, coverage."""

import numpy as np

from injerto.evidence.sequences.paired import measure_metric, measure_metric_gain
from injerto.tasks.answers import SequenceAnswers
from injerto.tasks.metrics.likelihood import Loss
from injerto.tasks.metrics.translation import ChrF


def answers(losses: np.ndarray, outputs: list[str] | None = None) -> SequenceAnswers:
    number = len(losses)
    texts = outputs or [""] * number
    return SequenceAnswers(
        losses=losses,
        num_tokens=np.ones(number),
        num_bytes=np.ones(number),
        outputs=texts,
        references=["the cat sat on the mat"] * number,
        sources=texts,
    )


def test_a_lower_loss_is_a_gain_and_its_own_copy_is_none() -> None:
    hard = np.random.default_rng(0).gamma(2, 2, 200)
    gain = measure_metric_gain(Loss(), answers(hard - 0.1), answers(hard), seed=0)
    # Paired, the spread of the examples drops out: all differ by exactly a tenth.
    np.testing.assert_allclose([gain.value, gain.low, gain.high], 0.1, atol=1e-12)
    same = measure_metric_gain(Loss(), answers(hard), answers(hard), seed=0)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_a_higher_chrf_is_a_gain() -> None:
    zeros = np.zeros(20)
    gain = measure_metric_gain(
        ChrF(), answers(zeros, ["the cat sat on the mat"] * 20), answers(zeros, ["a dog"] * 20), seed=0
    )
    assert gain.low > 50


def test_intervals_hold_the_mean_in_about_95_of_100_cases() -> None:
    generator = np.random.default_rng(1)
    found = [measure_metric(Loss(), answers(generator.normal(3, 1, 60)), seed=i) for i in range(200)]
    assert 0.88 <= np.mean([interval.low <= 3 <= interval.high for interval in found]) <= 0.99
