"""Logistic regression: scikit-learn's numbers at the same C, and a penalty chosen on left-out folds."""

import pytest
import torch
from head_cases import blobs, label_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from injerto.core.errors import UsageError
from injerto.strategies.heads import logistic_path
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.linear_assembly import ABSENT_SCORE
from injerto.strategies.heads.logistic import STRENGTHS, fit_logistic
from injerto.strategies.heads.logistic_solver import LogisticProblem


def reference(features: Tensor, labels: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    """scikit-learn's coefficients on standardised features, and its probabilities."""
    z = StandardScaler().fit_transform(features.double().numpy())
    model = LogisticRegression(C=1 / (len(features) * strength), tol=1e-10, max_iter=10_000).fit(z, labels.numpy())
    return torch.from_numpy(model.coef_), torch.from_numpy(model.predict_proba(z))


@pytest.mark.parametrize("strength", [1.0, 0.01, 1e-4])
@pytest.mark.parametrize("num_classes", [3, 2])
@pytest.mark.parametrize(("num", "width"), [(60, 5), (30, 50)])
def test_coefficients_and_probabilities_are_scikit_learns(
    num: int, width: int, num_classes: int, strength: float
) -> None:
    features, labels = blobs(num, width, num_classes)
    head = fit_logistic(features, labels, num_classes=num_classes, strengths=[strength]).head
    coefficients, probabilities = reference(features, labels, strength)
    assert isinstance(head, LinearHead)
    scale = features.double().std(0, correction=0)
    weight = head.linear.weight.detach().double() * scale
    found = weight if num_classes == 3 else weight[1:] - weight[:1]
    torch.testing.assert_close(found, coefficients, atol=1e-3, rtol=1e-3)
    # The head is float32 and its features are up to 100: the double copy shows the fit, not the rounding of sums.
    torch.testing.assert_close(head.double()(features.double()).softmax(1), probabilities, atol=1e-4, rtol=0)


def test_each_of_many_labels_is_a_logistic_regression_of_its_own() -> None:
    features, targets = label_matrix()
    head = fit_logistic(features, targets, num_classes=3, multi_label=True, strengths=[0.01]).head
    for label in range(3):
        _, probabilities = reference(features, targets[:, label], 0.01)
        found = head(features)[:, label].sigmoid().double()
        torch.testing.assert_close(found, probabilities[:, 1], atol=1e-4, rtol=0)


def test_the_chosen_strength_has_the_least_validation_loss_of_the_path() -> None:
    features, labels = blobs(60, 20, gap=0.4)
    fitted = fit_logistic(features, labels, num_classes=3)
    assert fitted.facts["strength"] in STRENGTHS
    assert float(fitted.facts["c"]) == pytest.approx(1 / (60 * float(fitted.facts["strength"])))
    for weakest in (0.1, 0.01):
        shorter = [value for value in STRENGTHS if value >= weakest]
        other = fit_logistic(features, labels, num_classes=3, strengths=shorter)
        assert float(other.facts["validation_log_loss"]) >= float(fitted.facts["validation_log_loss"]) - 1e-9


@pytest.mark.parametrize("num_classes", [3, 2])
def test_folds_solved_together_and_one_by_one_choose_by_the_same_losses(
    num_classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    features, labels = blobs(60, 20, num_classes, gap=0.4)
    together = fit_logistic(features, labels, num_classes=num_classes).facts
    monkeypatch.setattr(logistic_path, "_TOGETHER", 0)
    alone = fit_logistic(features, labels, num_classes=num_classes).facts
    assert together["strength"] == alone["strength"]
    assert together["validation_log_loss"] == pytest.approx(float(alone["validation_log_loss"]), abs=1e-4)


def test_hard_problems_are_penalised_more_than_easy_ones() -> None:
    hard, easy = (blobs(90, 30, gap=gap) for gap in (0.1, 3.0))
    strengths = [float(fit_logistic(x, y, num_classes=3).facts["strength"]) for x, y in (hard, easy)]
    assert strengths[0] > strengths[1]


def test_a_fit_is_the_same_bits_each_time_and_the_order_of_strengths_is_free() -> None:
    features, labels = blobs()
    first = fit_logistic(features, labels, num_classes=3).head.state_dict()
    again = fit_logistic(features, labels, num_classes=3, strengths=STRENGTHS[::-1]).head.state_dict()
    assert all(torch.equal(first[key], again[key]) for key in first)


def test_a_class_of_one_example_is_learned_and_an_absent_one_is_last() -> None:
    features, labels = blobs(31)
    labels = torch.where(torch.arange(31) == 30, 4, labels)
    features[30] += 100
    scores = fit_logistic(features, labels, num_classes=5).head(features)
    assert scores[30].argmax() == 4
    assert scores[:, 3].unique().tolist() == [ABSENT_SCORE]


def test_one_example_a_class_falls_back_to_the_customary_strength() -> None:
    features, labels = blobs(3, 10)
    fitted = fit_logistic(features, labels, num_classes=3)
    assert fitted.facts["strength"] == 1.0
    assert "validation_log_loss" not in fitted.facts
    assert fitted.head(features).argmax(1).tolist() == [0, 1, 2]


def test_one_class_alone_is_always_answered() -> None:
    features, _ = blobs()
    scores = fit_logistic(features, torch.ones(60, dtype=torch.int64), num_classes=3).head(features)
    assert scores.argmax(1).unique().tolist() == [1]


def test_labels_that_nothing_tells_apart_are_settled() -> None:
    features, targets = label_matrix()
    scores = fit_logistic(features, targets * 0, num_classes=3, multi_label=True).head(features)
    assert scores.unique().tolist() == [ABSENT_SCORE]


def test_constant_features_do_no_harm() -> None:
    features, labels = blobs()
    padded = torch.cat([features, torch.full((60, 1), 0.1)], dim=1)
    scores = fit_logistic(features, labels, num_classes=3).head(features)
    torch.testing.assert_close(fit_logistic(padded, labels, num_classes=3).head(padded), scores, atol=1e-3, rtol=1e-3)


def test_options_that_cannot_work_are_refused() -> None:
    features, labels = blobs()
    with pytest.raises(UsageError, match="U405"):
        fit_logistic(features, labels, num_classes=3, strengths=[0.0])
    with pytest.raises(UsageError, match="U406: 1 folds"):
        fit_logistic(features, labels, num_classes=3, num_folds=1)


def test_many_classes_do_not_take_many_more_steps(monkeypatch) -> None:
    """Every class is rare then and the curvature small: with the curvature of two classes they took 492."""
    calls: list[int] = []
    evaluate = LogisticProblem.loss_and_residual
    monkeypatch.setattr(LogisticProblem, "loss_and_residual", lambda *given: calls.append(1) or evaluate(*given))
    fit_logistic(*blobs(800, 40, 80, gap=0.5), num_classes=80, strengths=[1e-3])
    assert len(calls) < 200
