import numpy as np
import pytest

from injerto.audits.groups import LEAST, judged_groups, measure_difference, measure_groups, sizes, with_crossings
from injerto.core.answers_on_test import AnswersOnTest
from injerto.core.finding import GroupTable
from injerto.evidence.answered import Answered
from injerto.evidence.answered_sets import AnsweredSets
from injerto.evidence.quantities import quantities_of_labels, quantities_of_sets


def answers(right: np.ndarray) -> Answered:
    """Two labels in turn, answered rightly or not."""
    target = np.arange(len(right)) % 2
    predicted = np.where(right, target, 1 - target)
    return Answered(target=target, predicted=predicted, confidence=np.full(len(right), 0.9), num_labels=2)


def tables_of(answered: Answered, column: tuple[str | None, ...]) -> tuple[GroupTable, ...]:
    """The table of one column `x`."""
    return measure_groups(quantities_of_labels(answered), {"x": column}, seed=0, answered=answered)


@pytest.mark.parametrize(
    ("rest", "group", "sizes"), [(0.8, 0.8, (300, 25)), (0.95, 0.7, (200, 40)), (1.0, 1.0, (60, 20))]
)
def test_the_interval_of_a_difference_holds_the_truth_as_often_as_it_says(
    rest: float, group: float, sizes: tuple[int, int]
) -> None:
    generator = np.random.default_rng(0)
    held = 0
    for seed in range(200):
        a, b = (generator.random(n) < p for n, p in zip(sizes, (rest, group), strict=True))
        found = measure_difference(a.astype(float), b.astype(float), num_compared=1, seed=seed)
        held += found.low <= rest - group <= found.high
    assert held >= 182  # 190 expected; fewer than 182 of 200 at 95 % has a chance of 0.6 %


def test_more_comparisons_make_wider_intervals() -> None:
    a, b = np.repeat([1.0, 0.0], [80, 20]), np.repeat([1.0, 0.0], [20, 20])
    one, ten = (measure_difference(a, b, num_compared=number, seed=0) for number in (1, 10))
    assert one.value == pytest.approx(0.3)
    assert ten.low < one.low < one.value < one.high < ten.high


def test_small_groups_and_empty_cells_are_listed_and_not_judged() -> None:
    column = (*["a"] * 50, *["b"] * 40, *["c"] * (LEAST - 1), None, None)
    assert sizes(column) == {"a": 50, "b": 40, "c": LEAST - 1}
    assert set(judged_groups(column)) == {"a", "b"}
    (table,) = tables_of(answers(np.ones(len(column), dtype=bool)), column)
    known = {one.group: one for one in table.groups}
    assert known["c"].value is None
    assert known["c"].num_examples == LEAST - 1
    assert known["not stated"].num_examples == 2
    assert known["a"].value is not None
    assert [one.value is None for one in table.groups] == sorted(one.value is None for one in table.groups)


def test_a_column_of_names_is_summed_up() -> None:
    column = (*(f"user {i}" for i in range(3000)), *["a"] * 30, *["b"] * 30)
    (table,) = tables_of(answers(np.ones(len(column), dtype=bool)), column)
    assert len(table.groups) == 2 + 20 + 1
    assert {one.group: one.num_examples for one in table.groups}["2980 more groups"] == 2980


def test_a_group_that_is_nearly_everything_has_nothing_to_stand_beside() -> None:
    assert judged_groups((*["a"] * 100, *["b"] * 5)) == {}


def test_crossings_are_groups_too() -> None:
    crossed = with_crossings({"x": ("a", "b", None, "a"), "y": ("1", "1", "2", "2")})
    assert crossed["x × y"] == ("a × 1", "b × 1", None, "a × 2")


def test_a_crossing_that_splits_nothing_is_not_told_twice() -> None:
    town, country = ("Bonn", "Lyon", "Köln", "Lyon"), ("de", "fr", "de", "fr")
    assert set(with_crossings({"town": town, "country": country})) == {"town", "country"}


def test_worst_group_stands_beside_the_mean_and_spreads_are_those_of_the_definition() -> None:
    # Group a: both labels always right. Group b: label 0 always right, label 1 never, so it always says 0.
    column = (*["a"] * 100, *["b"] * 100)
    target = np.tile([0, 1], 100)
    predicted = np.where(np.array(column) == "a", target, 0)
    made = Answered(target=target, predicted=predicted, confidence=np.ones(200), num_labels=2)
    (table,) = tables_of(made, column)
    assert (table.worst, table.mean) == ("b", 0.75)
    assert table.equalised_odds == 1.0
    assert table.demographic_parity == 0.5


def test_several_labels_an_example_have_figures_by_group_and_by_label() -> None:
    """Of group b the second label is never given; all else is right. Label 2 stands alone, 0 and 1 together."""
    column = (*["a"] * 60, *["b"] * 60)
    targets = tuple((0, 1) if place % 2 else (2,) for place in range(120))
    given = tuple((0,) if group == "b" and 1 in row else row for group, row in zip(column, targets, strict=True))
    kept = AnswersOnTest(
        examples="",
        targets=targets,
        top=tuple((*row, *({0, 1, 2} - set(row))) for row in given),
        probabilities=tuple((*[0.9] * len(row), *[0.2] * (3 - len(row))) for row in given),
        control_sets={"frozen-backbone": targets},
    )
    answered = AnsweredSets.of(kept, num_labels=3)
    assert AnsweredSets.controls_of(kept, num_labels=3)["frozen-backbone"].sum() == 180
    labels = ("x", "y", "z")
    (table,) = measure_groups(quantities_of_sets(answered), {"site": column}, seed=0, answered=answered, labels=labels)
    assert (table.metric, table.worst, table.mean, table.equalised_odds) == ("all-labels", "b", 0.75, 1.0)
    worst = table.groups[0]
    assert worst.value is not None
    assert worst.value.value == 0.5
    by_label = {one.label: one for one in worst.labels}
    assert by_label["y"].recall is not None
    assert (by_label["y"].recall.value, by_label["y"].precision, by_label["y"].num_examples) == (0.0, None, 30)
    recall = next(one for one in worst.further if one.metric == "recall")
    assert recall.value is not None
    assert recall.value.value == pytest.approx(2 / 3)
