"""Ridge: equal to scikit-learn's, chosen by leave-one-out, and indifferent to what must not matter."""

import pytest
import torch
from head_cases import blobs, label_matrix
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import RidgeClassifier
from sklearn.preprocessing import StandardScaler

from injerto.core.errors import UsageError
from injerto.strategies.heads.closed_form import LAMBDAS, fit_ridge
from injerto.strategies.heads.linear_assembly import ABSENT_SCORE

SEEDS = st.integers(0, 10_000)
quick = settings(max_examples=15, deadline=None)


@pytest.mark.parametrize(("num", "width"), [(60, 5), (20, 80)])
def test_decisions_are_those_of_scikit_learns_ridge_classifier(num: int, width: int) -> None:
    features, labels = blobs(num, width, 4)
    fitted = fit_ridge(features, labels, num_classes=4, lambdas=[0.1])
    z = StandardScaler().fit_transform(features.double().numpy())
    reference = RidgeClassifier(alpha=0.1 * num).fit(z, labels.numpy())
    # Theirs regresses on -1 and 1, ours on 0 and 1, scaled.
    wanted = float(fitted.facts["scale"]) * (torch.from_numpy(reference.decision_function(z)) + 1) / 2
    torch.testing.assert_close(fitted.head(features).double(), wanted, atol=1e-4, rtol=1e-4)


def test_weighted_decisions_are_those_of_scikit_learn() -> None:
    features, labels = blobs()
    weight = torch.arange(1.0, 61.0)
    fitted = fit_ridge(features, labels, num_classes=3, lambdas=[0.1], sample_weight=weight)
    share = (weight / weight.mean()).double().numpy()
    scaler = StandardScaler().fit(features.double().numpy(), sample_weight=share)
    z = scaler.transform(features.double().numpy())
    reference = RidgeClassifier(alpha=0.1 * 60).fit(z, labels.numpy(), sample_weight=share)
    wanted = float(fitted.facts["scale"]) * (torch.from_numpy(reference.decision_function(z)) + 1) / 2
    torch.testing.assert_close(fitted.head(features).double(), wanted, atol=1e-4, rtol=1e-4)


def test_of_the_penalties_about_as_accurate_as_the_best_that_of_least_squared_error_is_chosen() -> None:
    features, labels = blobs(40, 60, gap=0.5)
    chosen = fit_ridge(features, labels, num_classes=3).facts
    alone = [fit_ridge(features, labels, num_classes=3, lambdas=[value]).facts for value in LAMBDAS]
    best = max(float(facts["loo_accuracy"]) for facts in alone)
    bound = best - 0.5 * (best * (1 - best) / 40) ** 0.5
    among = [facts for facts in alone if float(facts["loo_accuracy"]) >= bound]
    assert 1 < len(among) < len(alone)
    assert chosen["lambda"] == min(among, key=lambda facts: facts["loo_squared_error"])["lambda"]


def test_many_classes_are_not_shrunk_to_nothing() -> None:
    features, labels = blobs(300, 30, 20, gap=0.6)
    alone = [fit_ridge(features, labels, num_classes=20, lambdas=[value]).facts for value in LAMBDAS]
    best = max(float(facts["loo_accuracy"]) for facts in alone)
    assert float(fit_ridge(features, labels, num_classes=20).facts["loo_accuracy"]) > best - 0.03


def test_pure_noise_is_not_praised() -> None:
    # Two equal classes without signal: the best of 17 dependent looks at 400 coin tosses stays near one half.
    generator = torch.Generator().manual_seed(0)
    features, labels = torch.randn(400, 600, generator=generator), torch.arange(400) % 2
    assert abs(float(fit_ridge(features, labels, num_classes=2).facts["loo_accuracy"]) - 0.5) < 0.1


def test_probabilities_of_new_examples_are_calibrated() -> None:
    features, labels = blobs(6000, 8, 3, gap=0.7)
    train, new = slice(0, 300), slice(300, None)
    probability, answer = (
        fit_ridge(features[train], labels[train], num_classes=3).head(features[new]).detach().softmax(1).max(1)
    )
    accuracy = (answer == labels[new]).double().mean()
    assert abs(float(probability.mean() - accuracy)) < 0.06


def test_many_labels_choose_by_squared_error_and_threshold_at_one_half() -> None:
    features, targets = label_matrix(400)
    fitted = fit_ridge(features, targets, num_classes=3, multi_label=True)
    right = ((fitted.head(features).sigmoid() > 0.5) == (targets == 1)).double().mean()
    assert float(right) > 0.8
    assert float(fitted.facts["loo_accuracy"]) == pytest.approx(float(right), abs=0.02)


def test_labels_that_all_or_no_examples_have_are_settled() -> None:
    features, targets = label_matrix()
    targets[:, 0], targets[:, 2] = 0, 1
    scores = fit_ridge(features, targets, num_classes=3, multi_label=True).head(features)
    assert scores[:, 0].unique().tolist() == [ABSENT_SCORE]
    assert scores[:, 2].unique().tolist() == [-ABSENT_SCORE]


@pytest.mark.parametrize("width", [4, 90])
def test_constant_features_do_no_harm(width: int) -> None:
    features, labels = blobs(40, width)
    padded = torch.cat([features, torch.full((40, 1), 0.1), torch.zeros(40, 1)], dim=1)
    scores = fit_ridge(features, labels, num_classes=3).head(features)
    torch.testing.assert_close(fit_ridge(padded, labels, num_classes=3).head(padded), scores, atol=1e-3, rtol=1e-3)


def test_features_that_are_all_constant_give_the_class_shares() -> None:
    labels = torch.tensor([0, 0, 0, 1])
    scores = fit_ridge(torch.ones(4, 2), labels, num_classes=2).head(torch.ones(1, 2))
    assert torch.isfinite(scores).all()
    assert scores.argmax() == 0


def test_one_example_a_class_is_enough_to_fit() -> None:
    features, labels = blobs(3, 10)
    head = fit_ridge(features, labels, num_classes=3).head
    assert head(features).argmax(1).tolist() == [0, 1, 2]


def test_one_example_alone_gives_its_class() -> None:
    head = fit_ridge(torch.ones(1, 4), torch.tensor([1]), num_classes=3).head
    assert head(torch.randn(5, 4)).argmax(1).tolist() == [1] * 5


def test_a_class_without_examples_is_last() -> None:
    features, labels = blobs()
    scores = fit_ridge(features, labels * 2, num_classes=6).head(features)
    assert scores.shape == (60, 6)
    assert set(scores.argmax(1).tolist()) == {0, 2, 4}
    assert scores[:, [1, 3, 5]].unique().tolist() == [ABSENT_SCORE]


@pytest.mark.parametrize("lambdas", [[], [0.0], [1.0, -1.0], [float("nan")]])
def test_penalties_must_be_positive(lambdas: list[float]) -> None:
    features, labels = blobs()
    with pytest.raises(UsageError, match="U405"):
        fit_ridge(features, labels, num_classes=3, lambdas=lambdas)


def test_a_fit_is_the_same_bits_each_time() -> None:
    features, labels = blobs()
    first, second = (fit_ridge(features, labels, num_classes=3).head.state_dict() for _ in range(2))
    assert all(torch.equal(first[key], second[key]) for key in first)


@quick
@given(SEEDS)
def test_the_order_of_examples_does_not_matter(seed: int) -> None:
    features, labels = blobs(30, seed=seed)
    order = torch.randperm(30, generator=torch.Generator().manual_seed(seed))
    scores = fit_ridge(features, labels, num_classes=3).head(features)
    shuffled = fit_ridge(features[order], labels[order], num_classes=3).head(features)
    torch.testing.assert_close(shuffled, scores, atol=1e-3, rtol=1e-3)


@quick
@given(SEEDS, st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_the_unit_and_zero_of_a_feature_do_not_matter(seed: int, factor: float, offset: float) -> None:
    features, labels = blobs(30, seed=seed)
    changed = features.double().clone()
    changed[:, 2] = changed[:, 2] * factor + offset * factor
    scores = fit_ridge(features.double(), labels, num_classes=3, lambdas=[0.1]).head.double()(features.double())
    others = fit_ridge(changed, labels, num_classes=3, lambdas=[0.1]).head.double()(changed)
    torch.testing.assert_close(others, scores, atol=1e-3, rtol=1e-3)


@quick
@given(SEEDS)
def test_weight_two_is_the_example_twice(seed: int) -> None:
    features, labels = blobs(24, seed=seed)
    times = 1 + torch.arange(24) % 2
    weighted = fit_ridge(features, labels, num_classes=3, sample_weight=times, lambdas=[0.1])
    doubled = fit_ridge(
        features.repeat_interleave(times, 0), labels.repeat_interleave(times), num_classes=3, lambdas=[0.1]
    )
    one, two = (fit.head(features) / float(fit.facts["scale"]) for fit in (weighted, doubled))
    torch.testing.assert_close(one, two, atol=1e-4, rtol=1e-4)
