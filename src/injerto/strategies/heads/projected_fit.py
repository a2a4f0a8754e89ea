"""Fits the projected head: ridge in closed form on random ReLU features."""

# N examples, B examples of a block, D features, M random features.

from time import perf_counter
from typing import Final

import torch
from torch import Tensor

from injerto.core.seeds import derive_seed
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.examples import check_examples, check_weights
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.projected import ProjectedHead
from injerto.strategies.heads.standardisation import Standardisation, row_blocks

WIDTH: Final = 2000
"""Random features; 10,000 of RanPAC take minutes on a CPU."""


def fit_projected(
    features: Tensor,
    targets: Tensor,
    *,
    num_classes: int,
    multi_label: bool = False,
    width: int = WIDTH,
    seed: int = 0,
) -> FittedHead:
    """`fit_ridge` on `width` random features, relu(z R): z the standardised features, R normal with variance 1 / D.

    It makes a linear head of a curved border, at the price of an eigendecomposition of the smaller of `width` and the
    number of examples. Arguments as those of `fit_ridge`; `seed` decides R.
    """
    start = perf_counter()
    examples = check_examples(features, targets, num_classes=num_classes, multi_label=multi_label)
    num_features = features.shape[1]
    standardise = Standardisation.of(features, check_weights(None, examples))
    generator = torch.Generator().manual_seed(derive_seed(seed, "projection"))
    random_MD = torch.randn(width, num_features, generator=generator, dtype=torch.float64) / num_features**0.5
    projection_MD, shift_M = standardise.fold(random_MD.to(features.device), random_MD.new_zeros(width))
    empty = LinearHead(width, num_classes).linear
    projecting = ProjectedHead.from_weights(projection_MD.T.contiguous(), shift_M, empty)
    hidden_NM = torch.cat([projecting.project(features[rows].float()) for rows in row_blocks(len(features), width)])
    fitted = fit_ridge(hidden_NM, targets, num_classes=num_classes, multi_label=multi_label)
    assert isinstance(fitted.head, LinearHead)
    head = ProjectedHead.from_weights(projecting.projection, projecting.shift, fitted.head.linear)
    return FittedHead(head=head, facts={**fitted.facts, "width": width, "seconds": perf_counter() - start})
