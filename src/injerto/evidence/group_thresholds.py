"""A threshold for each group, chosen on tune and judged on test: only where somebody asks for it."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from injerto.core.evidence import Interval
from injerto.core.mending import GroupThreshold, Thresholds
from injerto.core.messages import say
from injerto.data.arrays import Floats, Ints
from injerto.evidence.answered import wilson

_LEAST: Final = 10
"""Tune examples of each label that a group needs for a threshold of its own."""


def measure_thresholds(
    tune: tuple[Floats, Ints, Sequence[str]],
    test: tuple[Floats, Ints, Sequence[str]],
    *,
    labels: tuple[str, ...],
) -> Thresholds:
    """For each group the threshold at which both labels are recognised most alike, by the worse of the two on tune.

    Hardt et al. 2016, arXiv 1610.02413, choose thresholds on a curve by a cost; here both labels of every group weigh
    the same.

    Args:
        tune: probability of the second label, targets and groups, one an example each.
        test: the same, of examples that choose nothing.
        labels: the two.
    """
    chances, targets, groups = test
    told_before = chances >= 0.5
    told_after = told_before.copy()
    found = []
    for group in sorted(set(groups)):
        here = np.array([one == group for one in tune[2]], dtype=bool)
        threshold = _choose(tune[0][here], tune[1][here])
        there = np.array([one == group for one in groups], dtype=bool)
        if threshold is not None:
            told_after[there] = chances[there] >= threshold
        found.append(
            GroupThreshold(
                group=group,
                threshold=threshold,
                before=_recalls(told_before[there], targets[there]),
                after=None if threshold is None else _recalls(told_after[there], targets[there]),
            )
        )
    return Thresholds(
        label=labels[1],
        groups=tuple(found),
        accuracy_before=float((told_before == targets).mean()),
        accuracy_after=float((told_after == targets).mean()),
        note=say("mend.law"),
    )


def _choose(chances: Floats, targets: Ints) -> float | None:
    """The middle of the thresholds that are best; None where either label has too few examples."""
    if min((targets == label).sum() for label in (0, 1)) < _LEAST:
        return None
    ordered = np.unique(chances)
    candidates = np.concatenate([[0.5], (ordered[1:] + ordered[:-1]) / 2])
    hits = chances[None] >= candidates[:, None]
    worse = np.minimum(hits[:, targets == 1].mean(axis=1), 1 - hits[:, targets == 0].mean(axis=1))
    return float(np.median(candidates[worse == worse.max()]))


def _recalls(told: np.ndarray, targets: Ints) -> tuple[Interval, Interval] | None:
    """Of both labels, with Wilson's intervals; None where one has no example."""
    found = []
    for label in (0, 1):
        some = told[targets == label] == label
        if not len(some):
            return None
        low, high = wilson(int(some.sum()), len(some))
        found.append(Interval(value=float(some.mean()), low=low, high=high, num_examples=len(some)))
    return found[0], found[1]
