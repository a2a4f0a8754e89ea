"""Linear classifiers of scikit-learn and the heads made of them agree."""

from typing import Any

import numpy as np
import pytest
import torch
from head_cases import blobs, stored_and_loaded
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVC

from injerto.core.errors import UsageError
from injerto.strategies.heads.estimators import check_storable, convert_estimator, fit_estimator

LIKELY = [
    LogisticRegression(max_iter=1000),
    LogisticRegression(fit_intercept=False, max_iter=1000),
    LogisticRegressionCV(
        Cs=[0.1, 1], cv=2, max_iter=1000, l1_ratios=(0,), scoring="accuracy", use_legacy_attributes=False
    ),
    LinearDiscriminantAnalysis(),
    LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    LinearDiscriminantAnalysis(solver="eigen", priors=[0.2, 0.8]),
    make_pipeline(StandardScaler(), LogisticRegression()),
    make_pipeline(StandardScaler(with_mean=False), "passthrough", LogisticRegression(max_iter=1000)),
    make_pipeline(StandardScaler(with_std=False), LogisticRegression(max_iter=1000)),
    make_pipeline(MinMaxScaler((-1, 2)), MaxAbsScaler(), StandardScaler(), LogisticRegression()),
]
MARGINS = [
    RidgeClassifier(),
    RidgeClassifierCV(alphas=(0.1, 1.0)),
    SGDClassifier(random_state=0),
    SGDClassifier(loss="log_loss", random_state=0),
    Perceptron(random_state=0),
    make_pipeline(StandardScaler(), LinearSVC(random_state=0)),
]


def fitted(estimator: Any, num_classes: int) -> tuple[Any, np.ndarray]:
    features, labels = blobs(60, 5, num_classes)
    return clone(estimator).fit(features.numpy(), labels.numpy()), blobs(60, 5, num_classes, seed=1)[0].numpy()


@pytest.mark.parametrize("num_classes", [2, 3])
@pytest.mark.parametrize("estimator", LIKELY, ids=str)
def test_probabilities_are_the_estimators(estimator: Any, num_classes: int) -> None:
    if "priors" in str(estimator) and num_classes == 3:
        estimator = clone(estimator).set_params(priors=[0.2, 0.3, 0.5])
    model, new = fitted(estimator, num_classes)
    head = stored_and_loaded(convert_estimator(model, 5)).double()
    found = head(torch.from_numpy(new).double()).softmax(1).detach().numpy()
    # Weights are stored as float32 and features go up to 100, which bounds the agreement.
    np.testing.assert_allclose(found, model.predict_proba(new.astype(np.float64)), atol=1e-5)


@pytest.mark.parametrize("num_classes", [2, 3])
@pytest.mark.parametrize("estimator", MARGINS, ids=str)
def test_scores_are_the_decision_function_and_decide_alike(estimator: Any, num_classes: int) -> None:
    model, new = fitted(estimator, num_classes)
    scores = convert_estimator(model, 5).double()(torch.from_numpy(new).double()).detach().numpy()
    wanted = model.decision_function(new.astype(np.float64))
    found = scores if num_classes == 3 else scores[:, 1] - scores[:, 0]
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-4 * np.abs(wanted).max())
    assert (scores.argmax(1) == model.predict(new)).all()


def test_the_binary_log_loss_of_sgd_is_a_probability() -> None:
    model, new = fitted(make_pipeline(StandardScaler(), SGDClassifier(loss="log_loss", random_state=0)), 2)
    found = convert_estimator(model, 5).double()(torch.from_numpy(new).double()).softmax(1).detach().numpy()
    np.testing.assert_allclose(found, model.predict_proba(new.astype(np.float64)), atol=1e-5)


@pytest.mark.parametrize("estimator", [*LIKELY[:1], *MARGINS], ids=str)
def test_classes_without_examples_never_win(estimator: Any) -> None:
    features, labels = blobs(60, 5, 3)
    for kept in (labels * 2, (labels % 2) * 3):
        scores = fit_estimator(estimator, features, kept, num_classes=5, seed=0).head(features)
        assert torch.isfinite(scores).all()
        assert set(scores.argmax(1).tolist()) <= set(kept.tolist())


@pytest.mark.parametrize(
    ("estimator", "advice"),
    [
        (LogisticRegression(solver="liblinear"), "solver='lbfgs'"),
        (make_pipeline(StandardScaler(), LogisticRegression(solver="liblinear")), "solver='lbfgs'"),
    ],
)
def test_settings_whose_probabilities_are_no_softmax_are_refused(estimator: Any, advice: str) -> None:
    with pytest.raises(UsageError, match=f"U411.*{advice}"):
        check_storable(estimator)
