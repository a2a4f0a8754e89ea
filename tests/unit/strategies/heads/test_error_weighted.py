"""A head without a column of groups, on features in which a cue goes with the label."""

import numpy as np
import torch

from injerto.strategies.heads.closed_form import fit_ridge
from injerto.strategies.heads.error_weighted import fit_error_weighted


def planted(number: int, share: float, seed: int) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Features of a weak label, a strong cue and noise; the cue is that of the label in a share of the examples."""
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 2, number)
    cue = np.where(generator.random(number) < share, label, 1 - label)
    features = generator.normal(0, 1, (number, 12))
    features[:, 0] += 2.4 * (label - 0.5)
    features[:, 1] += 4.0 * (cue - 0.5)
    return torch.from_numpy(features).float(), torch.from_numpy(label), cue == label


def worst_cell(head: torch.nn.Module, seed: int) -> float:
    features, label, goes_along = planted(4000, 0.5, seed)
    right = (head(features).argmax(1) == label).numpy()
    return float(min(right[goes_along].mean(), right[~goes_along].mean()))


def test_it_helps_the_examples_that_contradict_the_cue_and_knows_no_group() -> None:
    gains = []
    for seed in range(3):
        features, label, _ = planted(400, 0.95, seed)
        plain = worst_cell(fit_ridge(features, label, num_classes=2).head, seed + 50)
        leaning = fit_error_weighted(features, label, num_classes=2, sharpness=3.0, seed=0)
        gains.append(worst_cell(leaning.head, seed + 50) - plain)
    assert min(gains) > 0.08


def test_without_sharpness_it_only_evens_out_the_labels() -> None:
    features, label, _ = planted(300, 0.9, 0)
    found = fit_error_weighted(features, label, num_classes=2, sharpness=0.0, seed=0)
    weight = (1 / torch.bincount(label).double())[label]
    same = fit_ridge(features, label, num_classes=2, sample_weight=weight)
    torch.testing.assert_close(found.head(features), same.head(features))
