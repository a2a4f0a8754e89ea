"""What becomes a head, and what is refused, before anything is trained."""

from typing import Any

import pytest
import torch
from head_cases import blobs
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from injerto.core.errors import UsageError
from injerto.strategies.heads.estimators import check_storable, convert_estimator


class Tweaked(LogisticRegression):
    """A subclass may compute anything, so it is not its parent."""


@pytest.mark.parametrize("estimator", [SVC(), GradientBoostingClassifier(), Tweaked(), object(), LogisticRegression])
def test_what_is_not_offered_is_refused_with_what_is(estimator: Any) -> None:
    with pytest.raises(UsageError, match=r"U410: .* cannot be stored without pickle.*LogisticRegression, "):
        check_storable(estimator)


def test_an_estimator_that_is_not_fitted_is_refused() -> None:
    with pytest.raises(UsageError, match="U413: LogisticRegression is not fitted"):
        convert_estimator(LogisticRegression(), 3)


def test_an_estimator_of_other_features_is_refused() -> None:
    features, labels = blobs()
    model = LogisticRegression(max_iter=1000).fit(features.numpy(), labels.numpy())
    with pytest.raises(UsageError, match=r"U403.*learned 5 of them.*fitted on 7"):
        convert_estimator(model, 7)


def test_names_of_classes_are_fine_where_the_order_is_enough() -> None:
    features, labels = blobs()
    names = ["cat", "dog", "owl"]
    model = LogisticRegression(max_iter=1000).fit(features.numpy(), [names[label] for label in labels])
    answers = convert_estimator(model, 5)(features).argmax(1)
    assert [names[answer] for answer in answers] == model.predict(features.numpy()).tolist()
    with pytest.raises(UsageError, match=r"U412.*cat, dog, owl.*0 to 2"):
        convert_estimator(model, 5, num_classes=3)


def test_class_indices_out_of_range_are_refused() -> None:
    features, labels = blobs()
    model = LogisticRegression(max_iter=1000).fit(features.numpy(), labels.numpy() + 1)
    with pytest.raises(UsageError, match=r"U412.*1, 2, 3.*0 to 2"):
        convert_estimator(model, 5, num_classes=3)


def test_an_estimator_of_many_labels_is_refused() -> None:
    features, labels = blobs()
    many = torch.stack([labels, labels], 1)
    model = KNeighborsClassifier().fit(features.numpy(), many.numpy())
    with pytest.raises(UsageError, match="U401"):
        convert_estimator(model, 5)
