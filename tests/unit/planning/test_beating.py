"""Who beats whom: more than a standard error in one measure, not clearly behind in the other."""

import math

import numpy as np
import pytest

from injerto.planning.beating import Judged, Lead, measure_lead


def judged(right: list[float], losses: list[float]) -> Judged:
    return Judged(right=np.array(right), losses=np.array(losses))


def test_differences_are_paired_by_example() -> None:
    generator = np.random.default_rng(0)
    hard = generator.random(200)  # Examples differ much more than the two that answer them.
    best = Judged(right=(hard < 0.5).astype(float), losses=5 * hard)
    new = Judged(right=(hard < 0.55).astype(float), losses=5 * hard - 0.1 - 0.01 * generator.random(200))
    lead = measure_lead(new, best)
    assert lead.gain == pytest.approx(((hard >= 0.5) & (hard < 0.55)).mean())
    assert lead.standard_error == pytest.approx((new.right - best.right).std(ddof=1) / math.sqrt(200))
    assert lead.loss_gain == pytest.approx(0.105, abs=0.002)
    assert lead.loss_standard_error < 0.001


@pytest.mark.parametrize(
    ("accuracy", "loss", "beats", "hopeless"),
    [
        (1.1, 0.0, True, False),
        (0.0, 1.1, True, False),
        (0.9, 0.9, False, False),
        (3.0, -0.6, False, False),
        (-0.6, 3.0, False, False),
        (0.4, 0.4, False, True),
        (-2.0, -2.0, False, True),
    ],
)
def test_the_rule(accuracy: float, loss: float, beats: bool, hopeless: bool) -> None:
    lead = Lead(gain=0.01 * accuracy, standard_error=0.01, loss_gain=0.1 * loss, loss_standard_error=0.1)
    assert (lead.beats, lead.is_hopeless) == (beats, hopeless)


def test_a_log_loss_that_nobody_would_notice_is_no_lead() -> None:
    for saved, beats in ((0.001, False), (0.006, True)):
        lead = Lead(gain=0.0, standard_error=0.0, loss_gain=saved, loss_standard_error=0.0005)
        assert lead.beats is beats
    assert Lead(gain=0.02, standard_error=0.01, loss_gain=0.001, loss_standard_error=0.0005).beats


def test_equal_answers_beat_nothing_and_one_example_says_nothing() -> None:
    same = judged([1, 0, 1], [0.1, 2.0, 0.3])
    assert measure_lead(same, same).in_errors == (0.0, 0.0)
    assert not measure_lead(same, same).beats
    assert not measure_lead(judged([1], [0.0]), judged([0], [9.0])).beats


def test_a_gain_in_every_example_is_infinitely_sure() -> None:
    lead = measure_lead(judged([1, 1], [0.5, 1.5]), judged([0, 0], [1.0, 2.0]))
    assert lead.in_errors == (math.inf, math.inf)
    assert lead.beats


def test_one_certain_error_does_not_decide_alone() -> None:
    right, losses = [1.0] * 50, [0.5] * 50
    new = judged([*right, 0], [*(loss - 0.3 * (i % 2) for i, loss in enumerate(losses)), 700.0])
    lead = measure_lead(new, judged([*right, 0], [*losses, 0.7]))
    assert lead.loss_gain > -0.2


def test_parts_are_joined_in_order() -> None:
    both = Judged.joined([judged([1, 0], [0.1, 0.2]), judged([0], [0.3])])
    assert both.right.tolist() == [1, 0, 0]
    assert both.losses.tolist() == [0.1, 0.2, 0.3]
