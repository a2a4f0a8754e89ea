"""scikit-learn's k-nearest-neighbours classifier as a `NearestNeighboursHead`."""

from typing import ClassVar, cast, final

import torch
from sklearn.neighbors import KNeighborsClassifier

from injerto.strategies.heads.estimators.family import AbstractFamily, Estimator, Shape, refuse_setting
from injerto.strategies.heads.head import AbstractHead
from injerto.strategies.heads.nearest_neighbours import NearestNeighboursHead, NearestNeighboursSettings, Weights
from injerto.strategies.heads.neighbour_search import Metric
from injerto.strategies.heads.smoothing import TRACE


@final
class Neighbours(AbstractFamily):
    """Cosine or euclidean distance; equal distances go to the example stored first, where scikit-learn leaves it open.

    Distances are computed in float64. scikit-learn takes the cosine of float32 features in float32, whose small
    distances, and the weights made of them, have few digits; fitted on float64 it gives the shares that the head gives.

    `NearestCentroid` is not offered: its `predict` and its `predict_proba` follow different rules.
    """

    types: ClassVar[tuple[type, ...]] = (KNeighborsClassifier,)

    def check_settings(self, estimator: Estimator) -> None:
        if estimator.weights not in ("uniform", "distance"):
            raise refuse_setting(estimator, f"weights={estimator.weights}", "weights='uniform' or 'distance'")
        _metric(estimator)

    def convert(self, estimator: Estimator, shape: Shape) -> AbstractHead:
        # `_fit_X` and `_y` are where scikit-learn keeps the examples; its own export tools read them too.
        stored = torch.tensor(estimator._fit_X, dtype=torch.float32)
        options = NearestNeighboursSettings(
            num_features=shape.num_features,
            num_classes=shape.num_classes,
            num_stored=len(stored),
            k=estimator.n_neighbors,
            metric=_metric(estimator),
            weights=cast(Weights, estimator.weights),
            smoothing=TRACE,
        )
        return NearestNeighboursHead.of(options, stored, shape.present_K[torch.tensor(estimator._y)])


def _metric(estimator: Estimator) -> Metric:
    if estimator.metric == "cosine":
        return "cosine"
    if estimator.metric_params is None and (
        estimator.metric in ("euclidean", "l2") or (estimator.metric == "minkowski" and estimator.p == 2)
    ):
        return "euclidean"
    raise refuse_setting(
        estimator, f"metric={estimator.metric!r}, p={estimator.p}", "metric='cosine' or metric='euclidean'"
    )
