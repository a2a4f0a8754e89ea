"""The scan statistic on points in a plane."""

import numpy as np
import pytest

from injerto.audits.scanning import Region, find_region


def region_of(places: np.ndarray, wrong: np.ndarray, target: np.ndarray | None = None) -> Region | None:
    labels = np.zeros(len(places), dtype=np.int64) if target is None else target
    return find_region(places, wrong, labels, generator=np.random.default_rng(0))


@pytest.fixture
def crowd() -> np.ndarray:
    """Two hundred points around the middle, and twelve apart."""
    generator = np.random.default_rng(0)
    return np.vstack([generator.normal(size=(200, 2)), [9, 9] + 0.1 * generator.normal(size=(12, 2))])


def test_a_corner_in_which_all_is_wrong_is_the_region(crowd: np.ndarray) -> None:
    wrong = np.arange(212) >= 200
    wrong[:200:20] = True
    found = region_of(crowd, wrong)
    assert found is not None
    assert set(found.members.tolist()) <= set(range(200, 212))
    assert len(found.members) >= 10
    assert found.gap.high >= 0.95 >= found.gap.value > 0.5 > found.gap.low > 0


def test_as_many_errors_everywhere_are_no_region(crowd: np.ndarray) -> None:
    wrong = np.zeros(212, dtype=bool)
    wrong[::10] = True
    assert region_of(crowd, wrong) is None


def test_the_same_errors_are_found_by_label_where_two_labels_lie_on_each_other() -> None:
    """Of each place one example of either label: the errors are one label's, in one corner."""
    generator = np.random.default_rng(1)
    places = np.repeat(generator.uniform(size=(150, 2)), 2, axis=0)
    target = np.arange(300) % 2
    corner = (places < 0.35).all(axis=1) & (target == 1)
    wrong = corner & (generator.random(300) < 0.9)
    found = region_of(places, wrong, target)
    assert found is not None
    assert corner[found.members].mean() > 0.8


def test_one_error_or_nothing_but_errors_are_no_region(crowd: np.ndarray) -> None:
    assert region_of(crowd, np.arange(212) == 5) is None
    assert region_of(crowd, np.ones(212, dtype=bool)) is None


def test_errors_without_a_place_are_found_in_few_draws() -> None:
    """Three of a hundred are allowed: more than five of sixty come once in a hundred."""
    generator = np.random.default_rng(2)
    places = generator.normal(size=(80, 4))
    found = sum(
        find_region(places, generator.random(80) < 0.2, np.arange(80) % 2, generator=generator) is not None
        for _ in range(60)
    )
    assert found <= 5
