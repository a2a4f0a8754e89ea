"""Thresholds by group, which nobody gets who does not ask."""

import numpy as np

from injerto.evidence.group_thresholds import measure_thresholds


def planted(number: int, seed: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Probabilities that are too low for group b by 0.3."""
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, 2, number)
    groups = np.where(generator.random(number) < 0.3, "b", "a")
    chances = np.clip(0.5 + 0.3 * (targets - 0.5) * 2 + generator.normal(0, 0.1, number) - 0.3 * (groups == "b"), 0, 1)
    return chances, targets, list(groups)


def test_a_planted_shift_of_one_group_is_taken_back_on_other_examples() -> None:
    found = measure_thresholds(planted(400, 0), planted(400, 1), labels=("no", "yes"))
    by_group = {one.group: one for one in found.groups}
    shifted = by_group["b"]
    assert shifted.threshold is not None
    assert 0.1 < shifted.threshold < 0.3
    assert shifted.before is not None
    assert shifted.after is not None
    assert shifted.before[1].value < 0.7 < shifted.after[1].value
    assert found.accuracy_after > found.accuracy_before
    assert "law" in found.note


def test_a_group_with_few_tune_examples_keeps_the_threshold_of_all() -> None:
    chances, targets, groups = planted(30, 0)
    found = measure_thresholds((chances, targets, groups), planted(100, 1), labels=("no", "yes"))
    assert {one.group: one.threshold for one in found.groups}["b"] is None
