"""A head that leans on what a first head gets wrong: rare groups in balance, without a column that names them."""

from time import perf_counter
from typing import Final

import numpy as np
import torch
from torch import Tensor

from injerto.core.seeds import derive_seed
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.head import FittedHead

_FOLDS: Final = 5


def fit_error_weighted(
    features: Tensor, targets: Tensor, *, num_classes: int, sharpness: float, seed: int
) -> FittedHead:
    """Automatic feature reweighting (Qiu et al. 2023, arXiv 2306.11074) on features that stay frozen.

    A plain head is fitted on four fifths of the examples and asked about the rest, five times: where a cue goes with
    the label, it is the examples without the cue that it gives little probability to their own label. Each example then
    weighs exp(-sharpness * that probability), over the number of examples of its label, and the head is fitted again.
    Theirs takes the first head from other data; here each example is judged by heads that it did not train.

    Args:
        features: shape (examples, features).
        targets: class indices, shape (examples,).
        num_classes: length of a score.
        sharpness: 0 weighs all examples of a label the same. A rare cell of one example in twenty that a head is sure
            to get wrong weighs as much as the other nineteen at log(19), about 3.
        seed: decides the folds.
    """
    start = perf_counter()
    chance_N = left_out_probabilities(features, targets, num_classes=num_classes, seed=seed)
    weight_N = torch.exp(-sharpness * chance_N) / torch.bincount(targets, minlength=num_classes)[targets]
    fitted = fit_ridge(features, targets, num_classes=num_classes, sample_weight=weight_N)
    share = float(weight_N.square().sum() ** -1 * weight_N.sum() ** 2 / len(weight_N))
    facts = {"sharpness": sharpness, "effective_share": share, "first_errors": float((chance_N < 0.5).double().mean())}
    facts["seconds"] = perf_counter() - start
    return FittedHead(head=fitted.head, facts={**fitted.facts, "solver": "error-weighted", **facts})


@torch.no_grad()
def left_out_probabilities(features: Tensor, targets: Tensor, *, num_classes: int, seed: int) -> Tensor:
    """Probability of each example's own label by a head that it did not train, shape (examples,), float64."""
    order = np.random.default_rng(derive_seed(seed, "error-weighted")).permutation(len(features))
    chance_N = torch.ones(len(features), dtype=torch.float64, device=features.device)
    for part in np.array_split(order, min(_FOLDS, len(order))):
        rest = np.setdiff1d(order, part)
        if not len(rest) or not len(part):
            continue
        fitted = fit_ridge(features[rest], targets[rest], num_classes=num_classes)
        scores = fitted.head(features[part].float()).double()
        chance_N[part] = scores.softmax(dim=1)[torch.arange(len(part)), targets[part]]
    return chance_N
