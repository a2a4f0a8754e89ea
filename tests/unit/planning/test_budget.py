import pytest

from injerto.core.errors import UsageError
from injerto.planning.budget import Budget, parse_budget


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("1.5h", 5400), (" 2 M ", 120)])
def test_lengths_of_time(text: str, seconds: float) -> None:
    assert parse_budget(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "-5m", "0m", "10 minutes", "1e9h", "nan", "5d"])
def test_anything_else_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(UsageError, match="90s, 10m"):
        parse_budget(text)


def test_a_clock_runs_down_to_nothing() -> None:
    assert Budget(1e-9).left == 0
    assert Budget().left == float("inf")
    assert 0 < Budget(100).left <= 100
