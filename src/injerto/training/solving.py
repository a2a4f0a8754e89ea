"""Heads that are solved and not descended to: linear ones, neighbours, scikit-learn estimators."""

from typing import Any, Protocol

from torch import Tensor

from injerto.core.plan import Phase, Plan
from injerto.core.seeds import derive_seed
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.linear_choice import fit_linear
from injerto.strategies.heads.logistic import fit_logistic
from injerto.strategies.heads.neighbours_fit import fit_neighbours


class EstimatorLike(Protocol):
    """A scikit-learn classifier."""

    def fit(self, X: Any, y: Any) -> Any: ...


def solve_head(
    plan: Plan,
    phase: Phase,
    features: Tensor,
    targets: Tensor,
    *,
    num_classes: int,
    many_labels: bool,
    estimator: EstimatorLike | None,
) -> FittedHead:
    """The head that the plan asks for, fitted on the training split's features."""
    seed = derive_seed(plan.seed, "head")
    solver = "estimator" if phase.solver == "estimator" else plan.head_options.get("solver", "auto")
    if solver == "estimator":
        from injerto.strategies.heads.estimators import fit_estimator, make_estimator  # A second, for scikit-learn.

        chosen = estimator if estimator is not None else make_estimator(str(plan.head_options["estimator"]))
        return fit_estimator(chosen, features, targets, num_classes=num_classes, seed=seed, multi_label=many_labels)
    if solver == "logistic":
        return fit_logistic(features, targets, num_classes=num_classes, multi_label=many_labels, seed=seed)
    if solver == "knn":
        wanted = int(plan.head_options.get("neighbours", 0))
        return fit_neighbours(features, targets, num_classes=num_classes, k=wanted or None, multi_label=many_labels)
    if solver == "ridge":
        return fit_ridge(features, targets, num_classes=num_classes, multi_label=many_labels)
    return fit_linear(features, targets, num_classes=num_classes, multi_label=many_labels, seed=seed)
