"""The rule that chooses among ridge, discriminant and logistic regression."""

import pytest
import torch
from head_cases import blobs, label_matrix
from sklearn.linear_model import RidgeClassifier

from injerto.strategies.heads import linear_choice
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.discriminant import fit_discriminant
from injerto.strategies.heads.linear_choice import fit_linear
from injerto.strategies.heads.logistic import fit_logistic


def masked(num: int, *, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Seven classes along one line: regression on indicators hides the inner ones (Hastie et al. 2009, figure 4.2)."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(num) % 7
    return torch.randn(num, 2, generator=generator) * 0.3 + labels[:, None] * torch.tensor([1.0, 0.5]), labels


def accuracy(head: torch.nn.Module, features: torch.Tensor, labels: torch.Tensor) -> float:
    return float((head(features).argmax(1) == labels).double().mean())


def test_masked_classes_do_not_get_ridge() -> None:
    features, labels = masked(420)
    fitted = fit_linear(features, labels, num_classes=7)
    assert fitted.facts["solver"] in {"logistic", "discriminant"}
    assert (
        min(fitted.facts["logistic_log_loss"], fitted.facts["discriminant_log_loss"]) < fitted.facts["ridge_log_loss"]
    )
    new_features, new_labels = masked(420, seed=1)
    ridge = fit_ridge(features, labels, num_classes=7)
    assert accuracy(fitted.head, new_features, new_labels) > accuracy(ridge.head, new_features, new_labels) + 0.2


def test_the_head_is_the_chosen_one_and_the_losses_are_those_of_all() -> None:
    features, labels = blobs(90, 40, 3, gap=0.4)
    fitted = fit_linear(features, labels, num_classes=3, seed=5)
    all_three = {
        "discriminant": fit_discriminant(features, labels, num_classes=3),
        "ridge": fit_ridge(features, labels, num_classes=3),
        "logistic": fit_logistic(features, labels, num_classes=3, seed=5),
    }
    assert fitted.facts["ridge_log_loss"] == all_three["ridge"].facts["loo_log_loss"]
    assert fitted.facts["logistic_log_loss"] == all_three["logistic"].facts["validation_log_loss"]
    assert fitted.facts["discriminant_log_loss"] == all_three["discriminant"].facts["loo_log_loss"]
    chosen = min(all_three, key=lambda name: fitted.facts[f"{name}_log_loss"])
    assert fitted.facts["solver"] == chosen
    assert torch.equal(fitted.head(features), all_three[chosen].head(features))


def test_one_example_a_class_cannot_be_validated_and_takes_ridge() -> None:
    features, labels = blobs(3, 5, 3)
    facts = fit_linear(features, labels, num_classes=3).facts
    assert facts["solver"] == "ridge"
    assert "logistic_log_loss" not in facts


def test_large_problems_do_not_try_logistic_regression(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_choice, "_MOST_PRODUCTS", 420 * 2 * 7 - 1)
    features, labels = masked(420)
    facts = fit_linear(features, labels, num_classes=7).facts
    assert facts["solver"] == "discriminant"
    assert "logistic_log_loss" not in facts


def test_the_left_out_log_loss_of_ridge_is_that_of_refits() -> None:
    features, labels = blobs(40, 3, 3, gap=0.6)
    fitted = fit_ridge(features, labels, num_classes=3, lambdas=[0.1])
    x = features.double()
    z = (x - x.mean(0)) / x.std(0, correction=0)
    scores = []
    for index in range(40):
        kept = [i for i in range(40) if i != index]
        # Leave-one-out holds standardisation and penalty fixed; scikit-learn's targets are -1 and 1.
        model = RidgeClassifier(alpha=0.1 * 40).fit(z[kept].numpy(), labels[kept].numpy())
        scores.append((torch.from_numpy(model.decision_function(z[index : index + 1].numpy()))[0] + 1) / 2)
    expected = torch.nn.functional.cross_entropy(float(fitted.facts["scale"]) * torch.stack(scores), labels)
    assert fitted.facts["loo_log_loss"] == pytest.approx(float(expected), rel=1e-6)


def test_many_labels_are_compared_by_the_same_loss() -> None:
    features, targets = label_matrix(200)
    facts = fit_linear(features, targets, num_classes=3, multi_label=True).facts
    # Both are sums over labels: on easy data they are close, and a mean against a sum would differ threefold.
    assert facts["ridge_log_loss"] == pytest.approx(facts["logistic_log_loss"], rel=0.3)
