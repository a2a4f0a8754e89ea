"""The number of neighbours is the one that leave-one-out prefers."""

import pytest
import torch
from head_cases import blobs, label_matrix
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from injerto.core.errors import UsageError
from injerto.strategies.heads.neighbours_fit import CANDIDATES, fit_neighbours


def test_the_chosen_k_has_the_best_left_out_accuracy_by_brute_force() -> None:
    features, labels = blobs(45, 4, gap=0.8)
    scores = {
        k: cross_val_score(
            KNeighborsClassifier(k, weights="distance"), features.numpy(), labels.numpy(), cv=LeaveOneOut()
        ).mean()
        for k in CANDIDATES
    }
    fitted = fit_neighbours(features, labels, num_classes=3, metric="euclidean")
    assert fitted.facts["k"] == max(scores, key=lambda k: (scores[k], k))
    assert fitted.facts["loo_accuracy"] == pytest.approx(max(scores.values()))


def test_a_given_k_is_taken() -> None:
    features, labels = blobs()
    fitted = fit_neighbours(features, labels, num_classes=3, k=7)
    assert fitted.facts["k"] == fitted.head.settings()["k"] == 7
    assert "loo_accuracy" not in fitted.facts


def test_few_examples_limit_k() -> None:
    features, labels = blobs(4)
    assert fit_neighbours(features, labels, num_classes=3, k=50).facts["k"] == 4
    assert int(fit_neighbours(features, labels, num_classes=3).facts["k"]) <= 3
    assert fit_neighbours(features[:1], labels[:1], num_classes=3).facts["k"] == 1


def test_an_absent_class_is_unlikely_but_possible() -> None:
    features, labels = blobs()
    scores = fit_neighbours(features, labels, num_classes=4).head(features)
    assert torch.isfinite(scores).all()
    assert 3 not in scores.argmax(1).tolist()


def test_what_cannot_be_learned_is_refused() -> None:
    features, targets = label_matrix()
    with pytest.raises(UsageError, match=r"U401: a nearest-neighbours head"):
        fit_neighbours(features, targets, num_classes=3, multi_label=True)
    with pytest.raises(UsageError, match="U407: k = 0"):
        fit_neighbours(features, targets[:, 0], num_classes=3, k=0)
