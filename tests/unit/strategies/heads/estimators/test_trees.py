"""scikit-learn's trees and the stored ones take the same branches."""

from typing import Any

import numpy as np
import pytest
import torch
from head_cases import blobs, stored_and_loaded
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from injerto.strategies.heads.estimators import convert_estimator, fit_estimator

TREES = [
    DecisionTreeClassifier(random_state=0),
    DecisionTreeClassifier(max_depth=1, class_weight="balanced"),
    DecisionTreeClassifier(min_samples_leaf=200),
    ExtraTreeClassifier(random_state=0),
    RandomForestClassifier(7, random_state=0, min_samples_leaf=3),
    ExtraTreesClassifier(7, random_state=0),
]


@pytest.mark.parametrize("num_classes", [2, 4])
@pytest.mark.parametrize("tree", TREES, ids=str)
def test_probabilities_are_the_estimators(tree: Any, num_classes: int) -> None:
    features, labels = blobs(200, 5, num_classes, gap=0.5)
    model = clone(tree).fit(features.numpy(), labels.numpy())
    new = torch.cat([features, blobs(300, 5, num_classes, seed=1)[0]])
    found = stored_and_loaded(convert_estimator(model, 5))(new).softmax(1)
    np.testing.assert_allclose(found.numpy(), model.predict_proba(new.numpy()), atol=1e-6)


def test_features_on_a_threshold_go_left_as_in_scikit_learn() -> None:
    features = torch.tensor([[0.1], [0.2], [0.3], [0.4]])
    model = DecisionTreeClassifier().fit(features.numpy(), [0, 1, 0, 1])
    head = convert_estimator(model, 1)
    thresholds = model.tree_.threshold[model.tree_.feature >= 0].astype(np.float32)[:, None]
    near = np.concatenate([np.nextafter(thresholds, -1), thresholds, np.nextafter(thresholds, 1)]).astype(np.float32)
    assert (head(torch.from_numpy(near)).argmax(1).numpy() == model.predict(near)).all()


@pytest.mark.parametrize("tree", TREES[:1] + TREES[4:5], ids=str)
def test_classes_without_examples_never_win(tree: Any) -> None:
    features, labels = blobs()
    scores = fit_estimator(tree, features, labels * 2, num_classes=6, seed=0).head(features)
    assert torch.isfinite(scores).all()
    assert set(scores.argmax(1).tolist()) == {0, 2, 4}
