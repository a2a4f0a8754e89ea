"""Fits the k-nearest-neighbours head: it stores the examples, and chooses k by leave-one-out."""

from collections.abc import Sequence
from time import perf_counter
from typing import Final

import torch
from torch import Tensor

from injerto.core.errors import UsageError
from injerto.strategies.heads.examples import Examples, check_examples, check_one_label
from injerto.strategies.heads.head import FittedHead
from injerto.strategies.heads.nearest_neighbours import (
    NearestNeighboursHead,
    NearestNeighboursSettings,
    Weights,
    vote_shares,
)
from injerto.strategies.heads.neighbour_search import Metric, nearest

CANDIDATES: Final = (1, 3, 5, 10, 20)


def fit_neighbours(
    features: Tensor,
    targets: Tensor,
    *,
    num_classes: int,
    multi_label: bool = False,
    k: int | None = None,
    metric: Metric = "cosine",
    weights: Weights = "distance",
) -> FittedHead:
    """Remember the examples; without `k`, take the one of 1, 3, 5, 10, 20 with the best leave-one-out accuracy.

    Equally good ones: the larger, whose shares say more. The shares are smoothed by one vote that is spread over all
    classes (Laplace's rule), since k neighbours that agree do not prove a probability of one.

    Args:
        features: shape (examples, features).
        targets: class indices, shape (examples,).
        num_classes: length of a score, at least the largest index plus one.
        k: neighbours that vote, at most the number of examples.
    """
    start = perf_counter()
    check_one_label(multi_label, "nearest-neighbours")
    examples = check_examples(features, targets, num_classes=num_classes)
    if k is not None and k < 1:
        raise UsageError("head-neighbours", found=k)
    most = max(1, len(examples) - 1)
    candidates = sorted({min(value, most) for value in CANDIDATES}) if k is None else [min(k, len(examples))]
    options = [_options(examples, k=value, metric=metric, weights=weights) for value in candidates]
    facts: dict[str, float | int | str] = {}
    best = 0
    if k is None and len(examples) > 1:
        accuracies = _left_out_accuracies(examples, options)
        best = max(range(len(options)), key=lambda index: (accuracies[index], candidates[index]))
        facts["loo_accuracy"] = accuracies[best]
    head = NearestNeighboursHead.of(options[best], examples.features, examples.labels)
    return FittedHead(head=head, facts={"k": candidates[best]} | facts | {"seconds": perf_counter() - start})


def _options(examples: Examples, *, k: int, metric: Metric, weights: Weights) -> NearestNeighboursSettings:
    return NearestNeighboursSettings(
        num_features=examples.features.shape[1],
        num_classes=examples.num_classes,
        num_stored=len(examples),
        k=k,
        metric=metric,
        weights=weights,
        smoothing=1 / (k + 1),
    )


def _left_out_accuracies(examples: Examples, options: Sequence[NearestNeighboursSettings]) -> list[float]:
    # float32, as they will be stored: the neighbours asked here are the ones that will answer.
    stored, labels = examples.features.float(), examples.labels
    correct = torch.zeros(len(options), dtype=torch.int64)
    done = 0
    most, metric = max(option.k for option in options), options[0].metric
    for at, distance in nearest(stored, stored, k=most, metric=metric, leave_self_out=True):
        truth = labels[done : done + len(at)]
        for index, option in enumerate(options):
            share = vote_shares(labels[at[:, : option.k]], distance[:, : option.k], option)
            correct[index] += (share.argmax(1) == truth).sum().cpu()
        done += len(at)
    return (correct.double() / len(examples)).tolist()
