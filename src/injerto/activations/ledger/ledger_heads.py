"""Heads solved from a ledger: with its examples' features the penalty is chosen, without them it has to be known."""

from collections.abc import Callable, Mapping

from torch import Tensor

from injerto.activations.ledger.ledger import Ledger
from injerto.core.errors import UsageError
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.discriminant_path import DiscriminantPath
from injerto.strategies.heads.examples import check_one_label
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.linear_assembly import assemble_linear
from injerto.strategies.heads.moments import Moments
from injerto.strategies.heads.ridge_path import RidgePath


def choose_head(
    ledger: Ledger, features: Tensor, targets: Tensor, *, fit: Callable[..., FittedHead] = fit_ridge
) -> FittedHead:
    """`fit` on the ledger's own examples, whose features are given again for the leave-one-out scores.

    `fit` is `fit_ridge`, `fit_discriminant` or `fit_nearest_mean`. Raises `UsageError` where the number of examples is
    not the ledger's.
    """
    if len(features) != ledger.num_examples:
        raise UsageError("ledger-examples", found=len(features), expected=ledger.num_examples)
    return fit(
        features,
        targets,
        num_classes=ledger.num_classes,
        multi_label=ledger.multi_label,
        moments=ledger.moments(),
    )


def solve_ridge(
    ledger: Ledger, *, penalty: float, scale: float = 1.0, weights: Mapping[str, float] | None = None
) -> LinearHead:
    """The ridge head at a known penalty and scale (facts `lambda` and `scale` of a fit), groups counted by `weights`.

    Raises `UsageError` for a ledger of many labels, and what `Ledger.moments` raises.
    """
    check_one_label(ledger.multi_label, "ridge without its examples")
    moments = ledger.moments(weights)
    weight_CD, bias_C = RidgePath.of_moments(moments).solve(penalty)
    present_K = _present(moments)
    return assemble_linear(scale * weight_CD[present_K], scale * bias_C[present_K], present_K, ledger.num_classes)


def solve_discriminant(
    ledger: Ledger, *, shrinkage: float, scale: float = 1.0, weights: Mapping[str, float] | None = None
) -> LinearHead:
    """The discriminant head at a known shrinkage and scale (facts `shrinkage` and `scale` of a fit); see above."""
    check_one_label(ledger.multi_label, "discriminant")
    moments = ledger.moments(weights)
    present_K = _present(moments)
    weight_KD, bias_K = DiscriminantPath.of_moments(moments, present_K).solve(shrinkage)
    return assemble_linear(scale * weight_KD, scale * bias_K, present_K, ledger.num_classes)


def _present(moments: Moments) -> Tensor:
    return (moments.label_C > 0).nonzero()[:, 0]
