"""Heads that are solved and not descended to: linear ones, neighbours, scikit-learn estimators."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any, Final, Protocol

import torch
from torch import Tensor

from injerto.core.plan import Phase, Plan
from injerto.core.seeds import derive_seed
from injerto.strategies.heads.balanced import fit_reweighted
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.discriminant import fit_discriminant, fit_nearest_mean
from injerto.strategies.heads.erasure import fit_erased
from injerto.strategies.heads.error_weighted import fit_error_weighted
from injerto.strategies.heads.examples import check_one_label
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.linear_choice import fit_linear
from injerto.strategies.heads.logistic import fit_logistic
from injerto.strategies.heads.multi_layer import fit_multi_layer
from injerto.strategies.heads.neighbours_fit import fit_neighbours
from injerto.strategies.heads.priors import even_out
from injerto.strategies.heads.projected_fit import fit_projected
from injerto.strategies.heads.same_values import Memory, digest_tensors

_fitted: Final = Memory[FittedHead](most=8)
"""The last linear heads, by what they were fitted to."""


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
    taps: Mapping[str, int],
    groups: Sequence[str | None] = (),
) -> FittedHead:
    """The head that the plan asks for, fitted on the training split's features.

    `taps` says which columns belong to which tap where the features are those of all taps, and is empty elsewhere.
    `groups` says to which group each example belongs, where the plan balances them.
    """
    seed = derive_seed(plan.seed, "head")
    solver = "estimator" if phase.solver == "estimator" else plan.head_options.get("solver", "auto")
    if solver == "estimator":
        from injerto.strategies.heads.estimators import fit_estimator, make_estimator  # A second, for scikit-learn.

        chosen = estimator if estimator is not None else make_estimator(str(plan.head_options["estimator"]))
        return fit_estimator(chosen, features, targets, num_classes=num_classes, seed=seed, multi_label=many_labels)
    if solver == "multi-layer":
        most = int(plan.head_options.get("most", 4))
        return fit_multi_layer(
            features, targets, taps, num_classes=num_classes, multi_label=many_labels, most=most, seed=seed
        )
    if solver == "balanced":
        check_one_label(many_labels, "balanced-probe")
        draws = int(plan.head_options.get("draws", 0))  # Plans of an earlier version weighed all examples.
        named = groups or [None] * len(targets)
        return fit_reweighted(features, targets, named, num_classes=num_classes, draws=draws, seed=seed)
    if solver == "error-weighted":
        check_one_label(many_labels, "error-weighted-probe")
        sharpness = float(plan.head_options["sharpness"])
        return fit_error_weighted(features, targets, num_classes=num_classes, sharpness=sharpness, seed=seed)
    if solver == "erased":
        check_one_label(many_labels, "erased-probe")
        return fit_erased(features, targets, groups or [None] * len(targets), num_classes=num_classes)
    if solver == "knn":
        wanted = int(plan.head_options.get("neighbours", 0))
        return fit_neighbours(features, targets, num_classes=num_classes, k=wanted or None, multi_label=many_labels)
    fitted = _fit_linear(str(solver), features, targets, num_classes, many_labels, seed)
    if plan.head_options.get("prior") == "even" and not many_labels:
        even_out(fitted.head, torch.bincount(targets, minlength=num_classes) / len(targets))
    return fitted


def _fit_linear(
    solver: str, features: Tensor, targets: Tensor, num_classes: int, multi_label: bool, seed: int
) -> FittedHead:
    """A copy of what was fitted to the same numbers before: heads that race differ in what is done with a fit, too."""
    asked = f"{solver} {num_classes} {multi_label} {seed}".encode() + digest_tensors(features, targets)
    found = _fitted.recall(asked, lambda: _fit_linear_anew(solver, features, targets, num_classes, multi_label, seed))
    return replace(found, head=deepcopy(found.head), facts=dict(found.facts))


def _fit_linear_anew(
    solver: str, features: Tensor, targets: Tensor, num_classes: int, multi_label: bool, seed: int
) -> FittedHead:
    fits: dict[str, Callable[..., FittedHead]] = {
        "ridge": fit_ridge,
        "discriminant": fit_discriminant,
        "nearest-mean": fit_nearest_mean,
        "logistic": partial(fit_logistic, seed=seed),
        "projected": partial(fit_projected, seed=seed),
        "auto": partial(fit_linear, seed=seed),
    }
    return fits[solver](features, targets, num_classes=num_classes, multi_label=multi_label)
