import pytest

from injerto.core.evidence import ControlResult, Interval, Verdict
from injerto.evidence.judging import judge_gain, judge_transfer


def result(name: str, verdict: Verdict, *, judges: bool = True) -> ControlResult:
    return ControlResult(name=name, accuracy=0.5, gain=0.0, interval=(-1, 1), verdict=verdict, judges_transfer=judges)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.01, 0.2, Verdict.HELPED),
        (-0.2, -0.01, Verdict.HURT),
        (-0.1, 0.1, Verdict.INCONCLUSIVE),
        (0, 0, "inconclusive"),
    ],
)
def test_only_an_interval_that_excludes_zero_decides(low: float, high: float, verdict: Verdict) -> None:
    gain = Interval(value=(low + high) / 2, low=low, high=high, num_examples=10)
    assert judge_gain(gain) == verdict


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
    found = judge_transfer((result("majority", Verdict(majority)), result("random-backbone", Verdict(random))))
    assert found == verdict


def test_a_control_that_transfers_too_does_not_judge_the_transfer() -> None:
    helped = result("random-backbone", Verdict.HELPED)
    assert judge_transfer((helped, result("frozen-backbone", Verdict.HURT, judges=False))) is Verdict.HELPED
