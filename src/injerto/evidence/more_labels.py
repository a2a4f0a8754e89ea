"""What more labels would give: the learning curve of a linear head on the frozen backbone of a run."""

from typing import Final

import torch

from injerto.activations.reading import compute_features
from injerto.core.learning_curve import LearningCurve
from injerto.core.seeds import derive_seed
from injerto.evidence.control import Trial
from injerto.evidence.learning_curve.measuring import measure_learning_curve

_MOST_EXAMPLES: Final = 20_000
"""Training examples above which nobody asks, and the sums take half a minute."""
_MOST_FEATURES: Final = 2048
"""Wider features are solved from the rows, at a cost that grows with their cube."""


def measure_more_labels(trial: Trial) -> LearningCurve | None:
    """The curve, or None where it is not measured: many labels an example, very many examples, very wide features.

    It speaks of the pretrained backbone as it was, whatever the strategy: a head on frozen features can be solved a
    hundred times. The test split takes no part.
    """
    splits = trial.splits
    if trial.data.multi_label or len(splits.train) > _MOST_EXAMPLES:
        return None
    backbone = trial.load_backbone(pretrained=True).to(trial.plan.device)
    if backbone.num_features() > _MOST_FEATURES:
        return None
    items = [trial.data.examples[i].item for i in (*splits.train, *splits.tune)]
    features = compute_features(backbone, items, store=trial.store, reporter=trial.reporter)
    targets = torch.from_numpy(trial.data.targets())
    groups = [trial.data.examples[i].group for i in splits.train]
    named = [group if group is not None else f"\0{i}" for i, group in enumerate(groups)]
    return measure_learning_curve(
        features[: len(splits.train)],
        targets[splits.train],
        num_classes=len(trial.data.labels),
        held_out=(features[len(splits.train) :], targets[splits.tune]),
        groups=named if any(group is not None for group in groups) else None,
        seed=derive_seed(trial.plan.seed, "learning curve"),
    )
