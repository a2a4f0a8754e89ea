"""Heads solved from a ledger: with its examples' features the penalty is chosen, without them it has to be known."""

from torch import Tensor

from injerto.activations.ledger.ledger import Ledger
from injerto.core.errors import UsageError
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.discriminant import fit_discriminant, fit_nearest_mean
from injerto.strategies.heads.discriminant_path import DiscriminantPath
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.linear_assembly import assemble_linear
from injerto.strategies.heads.moments import Moments
from injerto.strategies.heads.ridge_path import RidgePath


def choose_ridge(ledger: Ledger, features: Tensor, targets: Tensor) -> FittedHead:
    """`fit_ridge` on the ledger's own examples, whose features are given again for the leave-one-out scores."""
    return fit_ridge(
        features,
        targets,
        num_classes=ledger.num_classes,
        multi_label=ledger.multi_label,
        moments=_moments_of(ledger, features),
    )


def choose_discriminant(ledger: Ledger, features: Tensor, targets: Tensor) -> FittedHead:
    """`fit_discriminant` on the ledger's own examples."""
    moments = _moments_of(ledger, features)
    return fit_discriminant(
        features, targets, num_classes=ledger.num_classes, multi_label=ledger.multi_label, moments=moments
    )


def choose_nearest_mean(ledger: Ledger, features: Tensor, targets: Tensor) -> FittedHead:
    """`fit_nearest_mean` on the ledger's own examples."""
    moments = _moments_of(ledger, features)
    return fit_nearest_mean(
        features, targets, num_classes=ledger.num_classes, multi_label=ledger.multi_label, moments=moments
    )


def solve_ridge(moments: Moments, *, penalty: float, scale: float = 1.0) -> LinearHead:
    """The ridge head of one label an example at a known penalty and scale (facts `lambda` and `scale` of a fit)."""
    weight_CD, bias_C = RidgePath.of_moments(moments).solve(penalty)
    present_K = _present(moments)
    return assemble_linear(scale * weight_CD[present_K], scale * bias_C[present_K], present_K, len(moments.label_C))


def solve_discriminant(moments: Moments, *, shrinkage: float, scale: float = 1.0) -> LinearHead:
    """The discriminant head at a known shrinkage and scale (facts `shrinkage` and `scale` of a fit)."""
    present_K = _present(moments)
    weight_KD, bias_K = DiscriminantPath.of_moments(moments, present_K).solve(shrinkage)
    return assemble_linear(scale * weight_KD, scale * bias_K, present_K, len(moments.label_C))


def _present(moments: Moments) -> Tensor:
    return (moments.label_C > 0).nonzero()[:, 0]


def _moments_of(ledger: Ledger, features: Tensor) -> Moments:
    moments = ledger.moments()
    if len(features) != ledger.num_examples:
        raise UsageError("ledger-examples", found=len(features), expected=ledger.num_examples)
    return moments
