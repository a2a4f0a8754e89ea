"""Refits of the last layer on simulated features, where a cue goes with the label in training only."""

import numpy as np
import torch

from injerto.evidence.frontier import measure_frontier
from injerto.evidence.mending import Part, measure_mending
from injerto.strategies.heads.closed_form import fit_ridge


def cued(number: int, goes_with: float, seed: int) -> Part:
    """Two labels that a weak direction tells, and a cue along a strong one."""
    generator = torch.Generator().manual_seed(seed)
    target_N = torch.arange(number) % 2
    same_N = torch.rand(number, generator=generator) < goes_with
    cue_N = torch.where(same_N, target_N, 1 - target_N)
    features = torch.randn(number, 16, generator=generator)
    features[:, 0] += 2 * (2 * target_N - 1)
    features[:, 1] += 6.0 * (2 * cue_N - 1)
    return Part(features=features, targets=target_N.numpy(), groups=[f"c{int(one)}" for one in cue_N])


def test_before_and_after_stand_side_by_side_and_the_cue_is_mended() -> None:
    made = measure_mending(
        cued(400, 0.95, seed=0), cued(400, 0.5, seed=1), labels=("a", "b"), model="m", column="cue", seed=0
    )
    assert made is not None
    plain, *others = made.ways
    assert plain.name == "plain"
    assert (plain.gain.value, plain.worst.value < 0.75) == (0, True)
    best = next(way for way in others if way.name == made.best)
    assert best.gain.low > 0
    assert best.worst.value > 0.9
    assert set(made.collect) == {"a × c1", "b × c0"}
    assert made.cells[0].num_train < 20 < made.cells[-1].num_train


def test_without_a_cue_nothing_claims_to_help() -> None:
    made = measure_mending(
        cued(400, 0.5, seed=0), cued(400, 0.5, seed=1), labels=("a", "b"), model="m", column="cue", seed=0
    )
    assert made is not None
    assert made.best is None


def test_too_few_examples_of_all_cells_but_one_are_nothing_to_judge() -> None:
    test = cued(400, 1.0, seed=1)
    only = Part(features=test.features[::2], targets=test.targets[::2], groups=test.groups[::2])
    assert measure_mending(cued(400, 0.9, seed=0), only, labels=("a", "b"), model="m", column="c", seed=0) is None


def test_the_frontier_without_balance_is_the_ridge_head_and_balance_helps_the_worst_cell() -> None:
    train, test = cued(400, 0.95, seed=0), cued(2000, 0.5, seed=1)
    cells = [np.array([2 * label + (group == "c1") for label, group in part.cells]) for part in (train, test)]
    targets = torch.from_numpy(train.targets)
    points, seconds = measure_frontier(
        train.features,
        targets,
        cells[0],
        test_features=test.features,
        test_targets=torch.from_numpy(test.targets),
        test_cells=cells[1],
        num_classes=2,
        penalty=0.1,
    )
    assert len(points) == 100
    assert [points[0].balance, points[-1].balance] == [0, 2]
    plain = fit_ridge(train.features, targets, num_classes=2, lambdas=(0.1,)).head
    with torch.no_grad():
        right = plain(test.features).argmax(1).numpy() == test.targets
    assert abs(points[0].accuracy - right.mean()) < 0.01
    assert max(point.worst for point in points) > points[0].worst + 0.2
    assert seconds < 20
