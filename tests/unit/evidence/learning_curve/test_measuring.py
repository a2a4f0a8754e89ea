"""Curves of simulated data with a known answer, and of data that say nothing."""

import pytest
import torch
from torch import Tensor

from injerto.core.errors import UsageError
from injerto.core.learning_curve import LearningCurve, MoreLabels
from injerto.evidence.learning_curve.measuring import measure_learning_curve
from injerto.strategies.heads.discriminant import fit_discriminant


def draw(
    num: int, generator: torch.Generator, *, gap: float, width: int = 20, classes: int = 2
) -> tuple[Tensor, Tensor]:
    """Spheres whose means are a gap apart along an axis each: with two the Bayes error is Phi(-gap / sqrt 2)."""
    labels = torch.arange(num) % classes
    features = torch.randn(num, width, generator=generator)
    features[torch.arange(num), labels] += gap
    return features, labels


def measure(gap: float, num: int = 200, *, seed: int = 0, classes: int = 2) -> LearningCurve:
    generator = torch.Generator().manual_seed(seed)
    features, labels = draw(num, generator, gap=gap, classes=classes)
    return measure_learning_curve(features, labels, num_classes=classes, seed=seed)


@pytest.mark.parametrize("gap", [0.8, 2.0])
def test_the_interval_holds_the_error_of_four_times_the_data_as_often_as_it_says(gap: float) -> None:
    generator = torch.Generator().manual_seed(0)
    inside, distance = 0, []
    num_sets = 24
    test, test_labels = draw(4000, generator, gap=gap)
    for seed in range(num_sets):
        features, labels = draw(480, generator, gap=gap)
        head = fit_discriminant(features, labels, num_classes=2).head
        reached = float((head(test).argmax(1) != test_labels).double().mean())
        curve = measure_learning_curve(
            features[:120], labels[:120], num_classes=2, held_out=draw(60, generator, gap=gap), seed=seed
        )
        found = curve.predictions[1]
        assert found.factor == 4
        assert found.num_examples == 480
        inside += found.low <= reached <= found.high
        distance.append(abs(found.error - reached))
    assert inside / num_sets >= 0.8  # 90 % is stated; 24 sets show it within about 10 points.
    assert sum(distance) / num_sets < 0.05


def test_the_curve_falls_and_its_continuation_goes_on_falling() -> None:
    curve = measure(1.5)
    assert curve.points[0].error > curve.points[-1].error
    assert curve.now is not None
    twice, four = curve.predictions
    assert curve.now.error >= twice.error >= four.error
    assert 0 <= twice.gain_low <= twice.gain <= twice.gain_high
    for found in (*curve.points, *curve.predictions):
        assert 0 <= found.low <= found.error <= found.high <= 1


def test_the_same_seed_gives_the_same_numbers() -> None:
    first, again, other = (measure(1.0, seed=0), measure(1.0, seed=0), None)
    assert first == again
    generator = torch.Generator().manual_seed(0)
    features, labels = draw(200, generator, gap=1.0)
    other = measure_learning_curve(features, labels, num_classes=2, seed=1)
    assert other.points != first.points


def test_chance_level_is_predicted_as_chance_level() -> None:
    curve = measure(0.0, 400)
    twice = curve.predictions[0]
    assert twice.low <= 0.5 <= twice.high + 0.02
    assert curve.more_labels is not MoreLabels.WOULD_HELP


def test_separable_data_need_no_more_labels() -> None:
    curve = measure(40.0, 400)
    assert curve.now is not None
    assert curve.now.error < 0.005
    assert curve.now.high < 0.02
    assert curve.more_labels is MoreLabels.WOULD_NOT_HELP
    assert "would not help" in curve.sentence


def test_a_steep_curve_says_that_more_labels_would_help() -> None:
    generator = torch.Generator().manual_seed(0)
    features, labels = draw(600, generator, gap=3.0, width=100, classes=10)
    curve = measure_learning_curve(features[:200], labels[:200], num_classes=10, seed=0)
    assert curve.more_labels is MoreLabels.WOULD_HELP


@pytest.mark.parametrize(("num", "classes"), [(4, 2), (20, 10), (12, 2), (30, 1)])
def test_too_few_examples_claim_nothing(num: int, classes: int) -> None:
    curve = measure(1.0, num, classes=classes)
    assert curve.more_labels is MoreLabels.UNKNOWN
    assert (curve.points, curve.predictions, curve.now) == ((), (), None)
    assert str(num) in curve.sentence
    assert LearningCurve.from_json(curve.to_json()) == curve


def test_a_rare_class_that_small_subsets_lack_is_no_fault() -> None:
    generator = torch.Generator().manual_seed(0)
    features, labels = draw(100, generator, gap=2.0)
    labels[:2] = 2
    curve = measure_learning_curve(features, labels, num_classes=5, seed=0)
    assert len(curve.points) >= 4


def test_held_out_examples_judge_and_are_never_trained_on() -> None:
    generator = torch.Generator().manual_seed(0)
    features, labels = draw(100, generator, gap=6.0)
    wrong = (draw(50, generator, gap=6.0)[0], 1 - torch.arange(50) % 2)  # All of their labels are swapped.
    plain = measure_learning_curve(features, labels, num_classes=2, seed=0)
    judged = measure_learning_curve(features, labels, num_classes=2, held_out=wrong, seed=0)
    assert plain.num_judged == 100
    assert judged.num_judged == 150
    assert judged.points[-1].error == pytest.approx(1 / 3, abs=0.03)


def test_copies_in_a_group_do_not_judge_each_other() -> None:
    """Without groups every left-out copy is known from its twin, and pure noise looks learnable."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(60, 100, generator=generator).repeat_interleave(4, 0)
    labels = torch.randint(0, 2, (60,), generator=generator).repeat_interleave(4)
    groups = [str(position // 4) for position in range(240)]
    careless = measure_learning_curve(features, labels, num_classes=2, seed=0)
    careful = measure_learning_curve(features, labels, num_classes=2, groups=groups, seed=0)
    assert careless.points[-1].error < 0.1
    assert careful.points[-1].error > 0.35
    assert careful.points[-1].high - careful.points[-1].low > 0.1


def test_more_features_than_examples() -> None:
    generator = torch.Generator().manual_seed(0)
    features, labels = draw(120, generator, gap=3.0, width=300)
    curve = measure_learning_curve(features, labels, num_classes=2, seed=0)
    assert curve.points[0].error > curve.points[-1].error


def test_many_labels_are_refused() -> None:
    with pytest.raises(UsageError):
        measure_learning_curve(torch.randn(9, 2), torch.ones(9, 3), num_classes=3, seed=0, multi_label=True)
