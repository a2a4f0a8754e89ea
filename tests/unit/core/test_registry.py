import pytest

from injerto.core.errors import UsageError
from injerto.strategies.strategy import strategies


def test_a_name_is_its_file() -> None:
    assert strategies.get("lp-ft").__module__.endswith("named.lp_ft")


def test_names_are_listed_sorted() -> None:
    assert list(strategies.names()) == sorted(strategies.names())


def test_a_misspelt_name_gets_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="did you mean 'linear-probe'"):
        strategies.get("linear-prob")
