"""Frozen features of training and tuning examples, computed once for everything that is measured on them."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from injerto.activations.reading import compute_features
from injerto.evidence.control import Trial

_MOST_EXAMPLES: Final = 20_000
"""Training examples above which nobody asks, and the sums take half a minute."""
_MOST_FEATURES: Final = 2048
"""Wider features are solved from the rows, at a cost that grows with their cube."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingFeatures:
    """What the pretrained backbone, as it was, makes of train and tune; class indices beside."""

    train: Tensor
    """Shape (training examples, features)."""
    train_targets: Tensor
    tune: Tensor
    tune_targets: Tensor


def compute_training_features(trial: Trial) -> TrainingFeatures | None:
    """None for many labels an example, transcripts, very many examples or very wide features.

    The test split takes no part.
    """
    splits = trial.splits
    if trial.data.multi_label or trial.data.transcribed or len(splits.train) > _MOST_EXAMPLES:
        return None
    backbone = trial.load_backbone(pretrained=True).to(trial.plan.device)
    if backbone.num_features() > _MOST_FEATURES:
        return None
    items = [trial.data.examples[i].item for i in (*splits.train, *splits.tune)]
    features = compute_features(backbone, items, store=trial.store, reporter=trial.reporter)
    targets = torch.from_numpy(trial.data.targets())
    return TrainingFeatures(
        train=features[: len(splits.train)],
        train_targets=targets[splits.train],
        tune=features[len(splits.train) :],
        tune_targets=targets[splits.tune],
    )
