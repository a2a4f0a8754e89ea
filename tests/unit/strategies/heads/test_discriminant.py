"""Discriminant and nearest-mean heads: against scikit-learn, and what they say of themselves."""

import pytest
import torch
from head_cases import blobs
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import NearestCentroid

from injerto.core.errors import UsageError
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.discriminant import fit_discriminant, fit_nearest_mean


def test_without_shrinkage_it_is_the_discriminant_of_scikit_learn() -> None:
    features, labels = blobs(90, 5)
    fitted = fit_discriminant(features, labels, num_classes=3, shrinkages=[1e-9])
    scale = float(fitted.facts["scale"])
    theirs = LinearDiscriminantAnalysis(solver="lsqr").fit(features.numpy(), labels.numpy())
    # They divide the scatter by n, not n - K; the shares, which are equal, do not tell.
    wanted = torch.from_numpy(theirs.decision_function(features.numpy())) * (90 - 3) / 90
    found = fitted.head(features).double() / scale
    torch.testing.assert_close(found - found.mean(1, True), wanted - wanted.mean(1, True), atol=1e-2, rtol=1e-3)


def test_nearest_mean_is_that_of_scikit_learn() -> None:
    features, labels = blobs(90, 5, gap=0.6)
    standard = (features - features.mean(0)) / features.std(0, correction=0)
    wanted = NearestCentroid().fit(standard.numpy(), labels.numpy()).predict(standard.numpy())
    found = fit_nearest_mean(features, labels, num_classes=3).head(features).argmax(1)
    assert found.tolist() == wanted.tolist()


def test_left_out_accuracy_is_honest() -> None:
    features, labels = blobs(60, 200, gap=0.0)  # Nothing to learn, and more features than examples.
    fitted = fit_discriminant(features, labels, num_classes=3)
    assert float(fitted.facts["loo_accuracy"]) < 0.6
    assert float(fitted.facts["loo_log_loss"]) > 0.9


def test_correlated_noise_is_what_it_is_made_for() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(200) % 2
    noise = torch.randn(200, 1, generator=generator)
    features = torch.cat([noise * 10 + labels[:, None], noise * 10], 1) + 0.1 * torch.randn(200, 2, generator=generator)
    assert float(fit_discriminant(features, labels, num_classes=2).facts["loo_accuracy"]) > 0.95
    assert float(fit_nearest_mean(features, labels, num_classes=2).facts["loo_accuracy"]) < 0.7


def test_one_class_and_classes_of_one() -> None:
    features = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    one = fit_discriminant(features, torch.zeros(4, dtype=torch.int64), num_classes=2)
    assert one.head(features).argmax(1).tolist() == [0, 0, 0, 0]
    each = fit_discriminant(features, torch.arange(4), num_classes=4)
    assert torch.isfinite(each.head(features)).all()
    assert each.head(features).argmax(1).tolist() == [0, 1, 2, 3]


def test_constant_features_change_nothing() -> None:
    features, labels = blobs(60, 5)
    padded = torch.cat([features, torch.full((60, 2), 1e6)], 1)
    plain, more = (fit_discriminant(x, labels, num_classes=3).head(x) for x in (features, padded))
    torch.testing.assert_close(plain, more, atol=1e-4, rtol=1e-4)


def test_probabilities_are_calibrated_about_as_ridge_is() -> None:
    features, labels = blobs(400, 20, gap=0.4)
    discriminant, ridge = (fit(features, labels, num_classes=3) for fit in (fit_discriminant, fit_ridge))
    assert float(discriminant.facts["loo_log_loss"]) < float(ridge.facts["loo_log_loss"]) + 0.05


def test_many_labels_are_refused() -> None:
    with pytest.raises(UsageError, match="U401"):
        fit_discriminant(torch.zeros(2, 2), torch.zeros(2, 2), num_classes=2, multi_label=True)
