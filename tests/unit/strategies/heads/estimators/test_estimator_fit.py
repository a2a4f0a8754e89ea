"""Fitting leaves the given estimator alone, follows the seed, and copes with few classes."""

import pytest
import torch
from head_cases import blobs, label_matrix
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from injerto.core.errors import UsageError
from injerto.strategies.heads.estimators import ESTIMATORS, fit_estimator, make_estimator


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_every_named_estimator_learns(name: str) -> None:
    features, labels = blobs()
    fitted = fit_estimator(make_estimator(name), features, labels, num_classes=3, seed=1 << 60)
    assert float((fitted.head(features).argmax(1) == labels).double().mean()) > 0.9
    assert fitted.facts.keys() == {"estimator", "seconds"}


def test_the_given_estimator_stays_unfitted_and_unchanged() -> None:
    estimator = RandomForestClassifier(3)
    features, labels = blobs()
    fit_estimator(estimator, features, labels, num_classes=3, seed=5)
    assert estimator.random_state is None
    assert not hasattr(estimator, "estimators_")


def test_the_seed_decides_also_inside_a_pipeline() -> None:
    features, labels = blobs(gap=0.3)
    for estimator in (RandomForestClassifier(3), make_pipeline(StandardScaler(), LinearSVC(dual=True))):
        first, again, other = (
            fit_estimator(estimator, features, labels, num_classes=3, seed=seed).head(features) for seed in (0, 0, 1)
        )
        assert torch.equal(first, again)
        assert not torch.equal(first, other)


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_one_class_alone_is_always_answered(name: str) -> None:
    features, labels = blobs()
    head = fit_estimator(make_estimator(name), features, labels * 0 + 1, num_classes=3, seed=0).head
    assert head(features).argmax(1).unique().tolist() == [1]


def test_what_cannot_be_stored_is_refused_before_training() -> None:
    features, labels = blobs()
    with pytest.raises(UsageError, match="U410: SVC"):
        fit_estimator(SVC(), features, labels, num_classes=3, seed=0)


def test_many_labels_are_refused() -> None:
    features, targets = label_matrix()
    with pytest.raises(UsageError, match="U401: a RandomForestClassifier head"):
        fit_estimator(RandomForestClassifier(), features, targets, num_classes=3, seed=0, multi_label=True)
