"""From a fitted scikit-learn classifier to a head, or the reason why not, before anything is trained."""

from typing import Final

import numpy as np
import torch
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from injerto.core.errors import UsageError
from injerto.strategies.heads.estimators.family import AbstractFamily, Estimator, Shape
from injerto.strategies.heads.estimators.linear_models import LinearModels
from injerto.strategies.heads.estimators.neighbours import Neighbours
from injerto.strategies.heads.estimators.pipelines import Pipelines
from injerto.strategies.heads.estimators.trees import Trees
from injerto.strategies.heads.head import AbstractHead
from injerto.strategies.heads.linear_assembly import constant_linear

_FAMILIES: Final[tuple[AbstractFamily, ...]] = (LinearModels(), Neighbours(), Pipelines(), Trees())


def check_storable(estimator: Estimator) -> None:
    """Raise `UsageError` for an estimator that cannot become a head; costs nothing, so call it before training."""
    _family(estimator).check_settings(estimator)


def convert_estimator(estimator: Estimator, num_features: int, *, num_classes: int | None = None) -> AbstractHead:
    """The head that computes what the fitted `estimator` computes.

    Its probabilities are the estimator's within 1e-6; one that knows margins only gives these as scores. With
    `num_classes` the estimator's classes are class indices and those it never saw get a very low score; without, the
    scores follow its `classes_`.
    """
    check_storable(estimator)
    try:
        check_is_fitted(estimator)
    except NotFittedError as error:
        raise UsageError("estimator-unfitted", estimator=type(estimator).__name__) from error
    if estimator.n_features_in_ != num_features:
        raise UsageError(
            "head-features",
            found=f"{type(estimator).__name__} learned {estimator.n_features_in_} of them",
            expected=f"an estimator fitted on {num_features}",
        )
    shape = _shape(estimator, num_features, num_classes)
    if len(shape.present_K) == 1:
        return constant_linear(num_features, int(shape.present_K[0]), shape.num_classes).eval()
    return _family(estimator).convert(estimator, shape).eval()


def _shape(estimator: Estimator, num_features: int, num_classes: int | None) -> Shape:
    classes = estimator.classes_
    if isinstance(classes, list) or np.ndim(classes) != 1:
        raise UsageError("head-one-label", head=type(estimator).__name__)
    if num_classes is None:
        return Shape(num_features=num_features, num_classes=len(classes), present_K=torch.arange(len(classes)))
    if classes.dtype.kind not in "iu" or classes.min() < 0 or classes.max() >= num_classes:
        raise UsageError(
            "estimator-classes",
            estimator=type(estimator).__name__,
            found=", ".join(map(str, classes[:5])),
            last=num_classes - 1,
        )
    return Shape(num_features=num_features, num_classes=num_classes, present_K=torch.tensor(classes, dtype=torch.int64))


def _family(estimator: Estimator) -> AbstractFamily:
    for family in _FAMILIES:
        if type(estimator) in family.types:
            return family
    offered = sorted(kind.__name__ for family in _FAMILIES for kind in family.types)
    raise UsageError("estimator-unknown", estimator=type(estimator).__name__, offered=", ".join(offered))
