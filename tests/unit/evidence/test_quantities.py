"""Figures of groups: closed forms, and intervals that hold as often as they say."""

import numpy as np
import pytest

from injerto.audits.groups import LEAST, measure_gap, measure_groups
from injerto.core.answers_on_test import SumsOnTest
from injerto.core.detection import DetectedBox
from injerto.data.boxes.box import Box
from injerto.data.items import Text
from injerto.evidence.answered import Answered
from injerto.evidence.detection.kept import keep_boxes, kept_boxes
from injerto.evidence.quantities import RateQuantity, SumQuantity, quantities_of_labels, quantities_of_words
from injerto.evidence.scored import Scored
from injerto.tasks.detection.metrics import BoxMatches, Pictures
from injerto.tasks.metrics.likelihood import BitsPerByte, Perplexity
from injerto.tasks.metrics.translation import ChrF

EVERYTHING = np.arange(8)


def told(target: list[int], predicted: list[int], labels: int = 3) -> Answered:
    return Answered(
        target=np.array(target), predicted=np.array(predicted), confidence=np.ones(len(target)), num_labels=labels
    )


def test_rates_are_means_over_the_labels_that_the_examples_define() -> None:
    answered = told([0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1, 0, 0])  # Label 2 is nowhere.
    found = {one.name: one.of(EVERYTHING) for one in quantities_of_labels(answered)}
    assert found["accuracy"] == 5 / 8
    assert found["recall"] == pytest.approx((3 / 4 + 2 / 4) / 2)
    assert found["precision"] == pytest.approx((3 / 5 + 2 / 3) / 2)
    assert found["false-positives"] == pytest.approx((2 / 4 + 1 / 4) / 2)


def test_what_a_group_does_not_define_is_not_made_up() -> None:
    target = [*[0] * 30, *[0, 1] * 20]
    (table,) = measure_groups(
        quantities_of_labels(told(target, target, 2)), {"x": (*["one"] * 30, *["both"] * 40)}, seed=0
    )
    alarms = {one.group: one.further[-1].value for one in table.groups}
    assert alarms["one"] is None  # Every example of it carries the label: no other can be called so.


def test_rates_are_those_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    generator = np.random.default_rng(0)
    target, predicted = generator.integers(0, 4, 200), generator.integers(0, 4, 200)
    found = {one.name: one.of(np.arange(200)) for one in quantities_of_labels(told(list(target), list(predicted), 4))}
    assert found["recall"] == pytest.approx(metrics.recall_score(target, predicted, average="macro"))
    assert found["precision"] == pytest.approx(metrics.precision_score(target, predicted, average="macro"))


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_the_interval_of_a_gap_in_recall_holds_the_truth(share: float) -> None:
    generator = np.random.default_rng(1)
    held = 0
    for seed in range(150):
        target = generator.integers(0, 3, 150)
        right = generator.random(150) < share
        answered = told(list(target), list(np.where(right, target, (target + 1) % 3)))
        recall = RateQuantity(name="recall", answered=answered, kind="recall")
        gap = measure_gap(recall, np.arange(30), np.arange(30, 150), seed=seed)
        held += gap.low <= 0 <= gap.high
    assert held >= 135  # 142 expected; fewer than 135 of 150 at 95 % has a chance of 1 %


def test_the_interval_of_a_gap_in_word_errors_holds_the_truth() -> None:
    generator = np.random.default_rng(2)
    held = 0
    for seed in range(60):
        said = generator.integers(3, 12, 120)
        wrong = generator.binomial(said, 0.2)
        rows = np.stack([wrong, 0 * wrong, 0 * wrong, said], axis=1).astype(float)
        (wer,) = quantities_of_words({"word": rows})
        assert isinstance(wer, SumQuantity)
        gap = measure_gap(wer, np.arange(40), np.arange(40, 120), seed=seed)
        held += gap.low <= 0 <= gap.high
    assert held >= 52  # 57 expected; fewer than 52 of 60 at 95 % has a chance of 1 %


def test_a_group_that_is_heard_worse_has_a_gap_and_a_ratio_above_one() -> None:
    said = np.full(90, 10.0)
    wrong = np.where(np.arange(90) < 30, 4.0, 1.0)
    rows = np.stack([wrong, 0 * wrong, 0 * wrong, said], axis=1)
    scored = Scored.of_words({"word": rows, "character": rows}, {})
    column = (*["b"] * 30, *["a"] * (60 - LEAST + 1), *["c"] * (LEAST - 1))
    (table,) = measure_groups(scored.quantities, {"site": column}, seed=0)
    worst = table.groups[0]
    assert (table.metric, table.worst, worst.group) == ("wer", "b", "b")
    assert worst.gap is not None
    assert worst.ratio is not None
    assert worst.gap.value == pytest.approx(0.3)
    assert worst.ratio.value == pytest.approx(4)
    assert worst.gap.low > 0
    assert worst.ratio.low > 1
    assert {one.group: one.value is None for one in table.groups} == {"a": False, "b": False, "c": True}
    assert [one.metric for one in worst.further] == ["cer"]


def test_texts_are_compared_by_the_metric_that_judges() -> None:
    pytest.importorskip("sacrebleu")
    bits = np.stack([np.where(np.arange(60) < 30, 24.0, 12.0), np.full(60, 8.0)], axis=1)
    sums = {"bits": bits, "likelihood": bits}
    scored = Scored.of_texts([BitsPerByte(), Perplexity()], sums, {"untouched": sums})
    (table,) = measure_groups(scored.quantities, {"x": (*["b"] * 30, *["a"] * 30)}, seed=0)
    assert (table.metric, table.unit, table.worst) == ("bits_per_byte", "plain", "b")
    assert table.groups[0].gap is not None
    assert table.groups[0].gap.value == pytest.approx(1.5)
    assert scored.controls["untouched"].of(np.arange(60)) == pytest.approx(table.mean)
    assert ChrF.higher_is_better


def test_boxes_are_compared_by_mean_average_precision() -> None:
    """Every second object is found in the pictures of one group, and every one in those of the other."""
    pytest.importorskip("faster_coco_eval")
    known = [[Box("cell", 10, 10, 30, 30), Box("cell", 50, 50, 80, 80)] for _ in range(60)]
    found = [
        tuple(
            DetectedBox(label="cell", score=0.9, left=b.left, top=b.top, right=b.right, bottom=b.bottom) for b in some
        )
        for some in known
    ]
    found = [boxes if i < 30 else boxes[:1] for i, boxes in enumerate(found)]
    matches = BoxMatches(Pictures(boxes=known, labels=("cell",)), found)
    scored = Scored.of_boxes(matches, 60)
    (table,) = measure_groups(scored.quantities, {"site": (*["a"] * 30, *["b"] * 30)}, seed=0)
    values = {one.group: one.value.value for one in table.groups if one.value is not None}
    assert (table.metric, table.worst) == ("map", "b")
    assert values["a"] == pytest.approx(1.0)
    assert values["b"] == pytest.approx(0.5, abs=0.01)


def test_boxes_of_controls_come_back_from_what_is_kept_and_the_surest_are() -> None:
    def box(score: float) -> DetectedBox:
        return DetectedBox(label="b", score=score, left=1.5, top=2.0, right=30.2, bottom=40.0)

    many = tuple(box(score) for score in np.linspace(0.01, 0.99, 80).round(4))
    kept = keep_boxes([Text("one"), Text("two"), Text("three")], {"x": [(), many, (box(0.5),)]}, ("a", "b"))
    read = SumsOnTest.from_json(kept.to_json())
    empty, some, one = kept_boxes(read, ("a", "b"))["x"]
    assert (empty, one) == ((), (box(0.5),))
    assert [found.score for found in some] == sorted((found.score for found in many), reverse=True)[:50]
    assert len(kept.to_json()) < 3000


def test_rows_that_are_no_boxes_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit together"):
        SumsOnTest(examples="", model={}, controls={"x": {"boxes": ((1.0, 0.5, 1.0),)}})
