"""A linear head on several layers: the ones worth reading are added one by one, by the left-out log-loss."""

# N examples, D features of all taps together.

from collections.abc import Mapping
from time import perf_counter
from typing import Final

import torch
from torch import Tensor

from injerto.core.errors import UsageError
from injerto.core.seeds import derive_seed
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.linear_choice import fit_linear

_MOST_EXAMPLES: Final = 1_000
"""Examples that choose the taps: the choice needs fewer than the head, and its fit is made dozens of times."""

_LEAST_GAIN: Final = 0.01
"""Share of the log-loss that one more tap has to take away: a choice among many finds a little gain in noise."""


def fit_multi_layer(
    features: Tensor,
    targets: Tensor,
    taps: Mapping[str, int],
    *,
    num_classes: int,
    multi_label: bool = False,
    most: int = 4,
    seed: int = 0,
) -> FittedHead:
    """`fit_linear` on the columns of up to `most` taps, as a head over the columns of all of them.

    The tap whose ridge has the least leave-one-out log-loss comes first; then the one that, beside those chosen, takes
    most of it away, as long as that is a hundredth or more. Columns of other taps get weight zero.

    Args:
        features: shape (examples, features), the taps side by side.
        targets: as those of `fit_ridge`.
        taps: name and length of every tap, in the order of the columns.
        num_classes: length of a score.
        most: taps that may be chosen.
        seed: decides which examples choose, where there are many, and the folds of `fit_linear`.
    """
    start = perf_counter()
    if sum(taps.values()) != features.shape[1]:
        raise UsageError(
            "head-features", found=f"{features.shape[1]} columns", expected=f"those of {len(taps)} taps, side by side"
        )
    columns = tap_columns(taps)
    rows_N = _choosing_rows(len(features), seed)
    x_ND, y_N = features[rows_N], targets[rows_N]

    def left_out_loss(names: list[str]) -> float:
        chosen_D = torch.cat([columns[name] for name in names])
        fitted = fit_ridge(x_ND[:, chosen_D], y_N, num_classes=num_classes, multi_label=multi_label)
        return float(fitted.facts["loo_log_loss"])

    chosen: list[str] = []
    losses: list[float] = []
    while len(chosen) < min(most, len(taps)):
        tried = {name: left_out_loss([*chosen, name]) for name in taps if name not in chosen}
        best = min(tried, key=tried.__getitem__)
        if losses and tried[best] > (1 - _LEAST_GAIN) * losses[-1]:
            break
        chosen.append(best)
        losses.append(tried[best])
    chosen_D = torch.cat([columns[name] for name in chosen])
    fitted = fit_linear(features[:, chosen_D], targets, num_classes=num_classes, multi_label=multi_label, seed=seed)
    facts = {
        **fitted.facts,
        "taps": "+".join(chosen),
        "tap_steps": ", ".join(f"{loss:.3f}" for loss in losses),
        "seconds": perf_counter() - start,
    }
    return FittedHead(head=_spread(fitted, chosen_D, features.shape[1]), facts=facts)


def tap_columns(taps: Mapping[str, int]) -> dict[str, Tensor]:
    """Which columns belong to each tap, where all stand side by side in the order of `taps`."""
    found, first = {}, 0
    for name, length in taps.items():
        found[name] = torch.arange(first, first + length)
        first += length
    return found


def _choosing_rows(num_examples: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(derive_seed(seed, "taps"))
    return torch.randperm(num_examples, generator=generator)[:_MOST_EXAMPLES].sort().values


def _spread(fitted: FittedHead, chosen_D: Tensor, num_features: int) -> LinearHead:
    """The same scores from all columns."""
    assert isinstance(fitted.head, LinearHead)
    linear = fitted.head.linear
    weight = linear.weight.new_zeros(linear.out_features, num_features)
    weight[:, chosen_D] = linear.weight.detach()
    return LinearHead.from_weights(weight, linear.bias)
