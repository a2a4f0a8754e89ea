"""Which backbones go into the race: one forward pass each, several scores, and the sum of their places."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from injerto.activations.reading import compute_features_of_several, store_features
from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.progress import Reporter
from injerto.core.search import BackboneScore
from injerto.core.seeds import derive_seed
from injerto.data.labelled import LabelledData
from injerto.planning.transferability import measure_h_score, measure_log_evidence, measure_nearest
from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.discriminant import fit_discriminant
from injerto.strategies.heads.multi_layer import fit_multi_layer, tap_columns

MOST_EXAMPLES: Final = 2000
"""More would order the candidates no better, and each costs a forward pass of every one of them."""
NUM_KEPT: Final = 3
"""Each single score has the true best among its first three (`methods.md` of the design, finding 6), none first."""


def score_backbones(
    backbones: Sequence[AbstractBackbone],
    data: LabelledData,
    positions: np.ndarray,
    *,
    store: ActivationStore,
    seed: int,
    reporter: Reporter,
) -> tuple[BackboneScore, ...]:
    """Scores of every backbone on the examples at `positions`, best first; the first three are kept.

    What is computed for it stays in the store, the last layer's features under their own key too, so that the frozen
    side of the race costs no further pass.
    """
    chosen = choose_examples(positions, seed=seed)
    items = [data.examples[i].item for i in chosen]
    features = compute_features_of_several(backbones, items, pool="taps", store=store, reporter=reporter)
    return rank(
        [
            score_backbone(backbone, taps_ND, data, chosen, store=store, seed=seed)
            for backbone, taps_ND in zip(backbones, features, strict=True)
        ]
    )


def choose_examples(positions: np.ndarray, *, seed: int, most: int = MOST_EXAMPLES) -> np.ndarray:
    """At most so many of the positions, the same for every candidate; fewer are among more."""
    generator = np.random.default_rng(derive_seed(seed, "scored examples"))
    return np.sort(generator.permutation(positions)[: min(most, MOST_EXAMPLES)])


def score_backbone(
    backbone: AbstractBackbone,
    taps_ND: Tensor,
    data: LabelledData,
    chosen: np.ndarray,
    *,
    store: ActivationStore,
    seed: int,
) -> BackboneScore:
    """Scores of one candidate from its features at every tap, shape (chosen, features); not ranked yet."""
    pooled_ND = taps_ND[:, -backbone.taps["pooled"] :]
    store_features(backbone, [data.examples[i].item for i in chosen], pooled_ND, pool="pooled", store=store)
    return _score(backbone, taps_ND, pooled_ND, torch.from_numpy(data.targets()[chosen]), data, seed)


def _score(
    backbone: AbstractBackbone, taps_ND: Tensor, pooled_ND: Tensor, targets: Tensor, data: LabelledData, seed: int
) -> BackboneScore:
    # With many labels an example, each set of labels is a class to those scores that know only one.
    classes_N = torch.unique(targets, dim=0, return_inverse=True)[1] if data.multi_label else targets
    several = fit_multi_layer(
        taps_ND, targets, backbone.taps, num_classes=len(data.labels), multi_label=data.multi_label, seed=seed
    )
    layers = str(several.facts["taps"]).split("+")
    columns = torch.cat([tap_columns(backbone.taps)[layer] for layer in layers])
    return BackboneScore(
        name=backbone.card.name,
        spec=backbone.spec,
        num_parameters=sum(group.num_parameters for group in backbone.layer_groups),
        license=backbone.card.license,
        accuracy=_left_out_accuracy(pooled_ND, targets, data),
        several_layers=_left_out_accuracy(taps_ND[:, columns], targets, data),
        nearest=measure_nearest(pooled_ND, classes_N),
        log_evidence=measure_log_evidence(pooled_ND, classes_N, num_classes=int(classes_N.max()) + 1),
        h_score=measure_h_score(pooled_ND, classes_N),
        rank_sum=0,
        kept=False,
    )


def _left_out_accuracy(features: Tensor, targets: Tensor, data: LabelledData) -> float:
    """Of the better closed form, each example scored by a head that it did not train."""
    num_classes = len(data.labels)
    fitted = [fit_ridge(features, targets, num_classes=num_classes, multi_label=data.multi_label)]
    if not data.multi_label:
        fitted.append(fit_discriminant(features, targets, num_classes=num_classes))
    return max(float(one.facts["loo_accuracy"]) for one in fitted)


def rank(found: Sequence[BackboneScore]) -> tuple[BackboneScore, ...]:
    """By the sum of places in every column; size is the prior (arXiv 2510.06448), and as good as many a score."""
    columns = [
        [max(score.accuracy, score.several_layers) for score in found],
        [score.nearest for score in found],
        [score.log_evidence for score in found],
        [score.h_score for score in found],
        [float(score.num_parameters) for score in found],
    ]
    sums = [sum(1 + sum(other > column[i] for other in column) for column in columns) for i in range(len(found))]
    order = sorted(range(len(found)), key=lambda i: (sums[i], -found[i].accuracy, found[i].name))
    return tuple(
        found[i].model_copy(update={"rank_sum": sums[i], "kept": place < NUM_KEPT}) for place, i in enumerate(order)
    )
