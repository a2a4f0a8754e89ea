"""A linear head on several layers: the ones worth reading are added one by one, by the left-out log-loss."""

# N examples, D features of all taps together.

import math
from collections.abc import Mapping
from statistics import NormalDist
from time import perf_counter
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from injerto.core.errors import UsageError
from injerto.core.seeds import derive_seed
from injerto.strategies.heads.closed_form import leave_one_out
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.linear_choice import fit_linear

_MOST_EXAMPLES: Final = 1_000
"""Examples that choose the taps: the choice needs fewer than the head, and its fit is made dozens of times."""

_LEAST_GAIN: Final = 0.01
"""Share of the log-loss that one more tap has to take away."""
_LEVEL: Final = 0.05
"""Chance with which any of the other taps may seem better than the last where none is."""


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

    The last tap is what the network was trained to give. Another comes in its place where its ridge has a smaller
    leave-one-out log-loss beyond chance, example by example, for the best of as many as were tried (Bonferroni): the
    least of many noisy losses, taken as it came, cost up to 15 points (docs/log.md). Then the one that, beside those
    chosen, takes most of the loss away is added, as long as that is a hundredth or more. Columns of other taps get
    weight zero.

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

    def losses_of(names: list[str]) -> Tensor:
        chosen_D = torch.cat([columns[name] for name in names])
        return _left_out_losses(x_ND[:, chosen_D], y_N, num_classes, multi_label)

    tried = {name: losses_of([name]) for name in taps}
    chosen = [list(taps)[-1]]
    best = _least(tried)
    if _is_better(tried[best], tried[chosen[0]], num_tried=len(taps) - 1):
        chosen = [best]
    steps = [tried[chosen[0]]]
    while len(chosen) < min(most, len(taps)):
        tried = {name: losses_of([*chosen, name]) for name in taps if name not in chosen}
        best = _least(tried)
        if float(tried[best].mean()) > (1 - _LEAST_GAIN) * float(steps[-1].mean()):
            break
        chosen.append(best)
        steps.append(tried[best])
    chosen_D = torch.cat([columns[name] for name in chosen])
    fitted = fit_linear(features[:, chosen_D], targets, num_classes=num_classes, multi_label=multi_label, seed=seed)
    facts = {
        **fitted.facts,
        "taps": "+".join(chosen),
        "tap_steps": ", ".join(f"{float(loss_N.mean()):.3f}" for loss_N in steps),
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


def _left_out_losses(x_ND: Tensor, y_N: Tensor, num_classes: int, multi_label: bool) -> Tensor:
    """The log-loss of each example under the ridge that was solved without it."""
    score_NC = leave_one_out(x_ND, y_N, num_classes=num_classes, multi_label=multi_label)
    if not multi_label:
        return cross_entropy(score_NC, y_N.long(), reduction="none")
    present_C = torch.isfinite(score_NC[0])
    return binary_cross_entropy_with_logits(score_NC[:, present_C], y_N[:, present_C].double(), reduction="none").sum(1)


def _least(losses: Mapping[str, Tensor]) -> str:
    return min(losses, key=lambda name: float(losses[name].mean()))


def _is_better(loss_N: Tensor, other_N: Tensor, *, num_tried: int) -> bool:
    """Whether the least of so many mean losses is below the other beyond chance."""
    gain_N = other_N - loss_N
    error = float(gain_N.std()) / len(gain_N) ** 0.5 if len(gain_N) > 1 else math.inf
    return num_tried > 0 and float(gain_N.mean()) > NormalDist().inv_cdf(1 - _LEVEL / num_tried) * error


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
