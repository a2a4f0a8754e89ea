import numpy as np
import pytest

from injerto.core.evidence import ControlResult, Interval, Verdict
from injerto.evidence.bootstrap import measure_gain
from injerto.evidence.deciding import estimate_to_decide, judge_gain, judge_transfer, say_what_would_decide


def result(
    name: str,
    verdict: Verdict,
    *,
    judges: bool = True,
    gain: float = 0.0,
    interval: tuple[float, float] = (-1, 1),
    number: int | None = None,
) -> ControlResult:
    return ControlResult(
        name=name,
        accuracy=0.5,
        gain=gain,
        interval=interval,
        verdict=verdict,
        judges_transfer=judges,
        num_to_decide=number,
    )


@pytest.mark.parametrize(
    ("low", "high", "least", "verdict"),
    [
        (0.01, 0.2, 0.01, "helped"),
        (-0.2, -0.01, 0.01, "hurt"),
        (-0.1, 0.1, 0.0, "inconclusive"),
        (0, 0, 0.0, "inconclusive"),
        (0.001, 0.005, 0.01, "inconclusive"),
        (-0.005, -0.001, 0.01, "inconclusive"),
        (0.001, 0.005, 0.0, "helped"),
    ],
)
def test_an_interval_off_zero_and_a_gain_of_the_minimum_effect_decide(
    low: float, high: float, least: float, verdict: str
) -> None:
    gain = Interval(value=(low + high) / 2, low=low, high=high, num_examples=10)
    assert judge_gain(gain, minimum_effect=least) == verdict


def test_so_many_examples_show_the_difference_in_about_four_runs_of_five() -> None:
    generator = np.random.default_rng(0)

    def draw(num: int) -> tuple[np.ndarray, np.ndarray]:
        drawn = generator.uniform(size=num)
        return (drawn < 0.15).astype(float), (drawn > 0.95).astype(float)

    model, control = draw(100_000)
    needed = estimate_to_decide(model - control, minimum_effect=0.01)
    assert needed is not None
    shown = sum(measure_gain(*draw(needed), seed=trial).low > 0 for trial in range(150)) / 150
    assert 0.68 <= shown <= 0.92


def test_below_the_minimum_effect_the_minimum_effect_has_to_show() -> None:
    difference = np.tile([1.0, -1.0, 0.0, 0.0], 50)
    assert estimate_to_decide(difference, minimum_effect=0.05) == pytest.approx(0.5 * (2.8 / 0.05) ** 2, rel=0.03)
    assert estimate_to_decide(difference, minimum_effect=0.0) is None


def test_what_would_decide_is_said_only_where_nothing_is_decided() -> None:
    open_still = result("majority", Verdict.INCONCLUSIVE, gain=0.03, interval=(-0.02, 0.08), number=1234)
    assert say_what_would_decide(Verdict.HELPED, (open_still,), 0.01) is None
    said = say_what_would_decide(Verdict.INCONCLUSIVE, (open_still,), 0.01)
    assert said is not None
    assert "1,200 test examples" in said
    assert "3.0 points seen" in said


def test_a_difference_too_small_to_matter_asks_for_no_more_examples() -> None:
    small = result("majority", Verdict.INCONCLUSIVE, gain=0.004, interval=(0.001, 0.007), number=900)
    said = say_what_would_decide(Verdict.INCONCLUSIVE, (small,), 0.01)
    assert said is not None
    assert "would not make it matter" in said


@pytest.mark.parametrize(
    ("majority", "random", "verdict"),
    [
        ("helped", "helped", "helped"),
        ("helped", "inconclusive", "inconclusive"),
        ("helped", "hurt", "hurt"),
        ("hurt", "helped", "hurt"),
        ("inconclusive", "inconclusive", "inconclusive"),
    ],
)
def test_the_strongest_control_decides(majority: str, random: str, verdict: str) -> None:
    results = (result("majority", Verdict(majority)), result("random-backbone", Verdict(random)))
    assert judge_transfer(results) == verdict


def test_a_control_that_transfers_too_does_not_judge_the_transfer() -> None:
    helped = result("random-backbone", Verdict.HELPED)
    assert judge_transfer((helped, result("frozen-backbone", Verdict.HURT, judges=False))) is Verdict.HELPED
