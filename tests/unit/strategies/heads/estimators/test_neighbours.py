"""scikit-learn's neighbours and ours give the same shares."""

from typing import Any

import numpy as np
import pytest
import torch
from head_cases import blobs, stored_and_loaded
from sklearn.neighbors import KNeighborsClassifier

from injerto.core.errors import UsageError
from injerto.strategies.heads.estimators import check_storable, convert_estimator


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("metric", ["cosine", "euclidean", "minkowski"])
@pytest.mark.parametrize("k", [1, 4, 15])
def test_probabilities_are_the_estimators(k: int, metric: str, weights: str) -> None:
    features, labels = blobs(80, 6, 4)
    model = KNeighborsClassifier(k, metric=metric, weights=weights).fit(features.double().numpy(), labels.numpy())
    new = blobs(50, 6, 4, seed=1)[0]
    found = stored_and_loaded(convert_estimator(model, 6))(new).softmax(1)
    np.testing.assert_allclose(found.numpy(), model.predict_proba(new.double().numpy()), atol=1e-6)


def test_stored_examples_answer_for_themselves_with_distance_weights() -> None:
    features, labels = blobs(40, 6, 3)
    model = KNeighborsClassifier(5, weights="distance", algorithm="kd_tree").fit(features.numpy(), labels.numpy())
    found = convert_estimator(model, 6)(features).softmax(1)
    np.testing.assert_allclose(found.numpy(), model.predict_proba(features.numpy()), atol=1e-6)


@pytest.mark.parametrize(
    ("estimator", "advice"),
    [
        (KNeighborsClassifier(metric="manhattan"), "metric='cosine'"),
        (KNeighborsClassifier(p=1), "metric='cosine'"),
        (KNeighborsClassifier(weights=np.exp), "weights='uniform'"),
    ],
)
def test_settings_that_cannot_be_stored_are_refused(estimator: Any, advice: str) -> None:
    with pytest.raises(UsageError, match=f"U411.*{advice}"):
        check_storable(estimator)


def test_the_head_does_not_share_the_estimators_memory() -> None:
    features, labels = blobs()
    model = KNeighborsClassifier(1).fit(features.numpy().copy(), labels.numpy())
    head = convert_estimator(model, 5)
    before = head(features)
    model._fit_X[:] = 0
    assert torch.equal(head(features), before)
