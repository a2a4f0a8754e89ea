"""What the heads of all subsets get wrong of the examples that they have not seen."""

# M judged examples, S sizes, B starting points.

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from injerto.core.seeds import derive_seed
from injerto.evidence.learning_curve.blocks import NUM_BLOCKS, Blocks
from injerto.evidence.learning_curve.shrunk_classes import ShrunkClasses
from injerto.evidence.learning_curve.subset_heads import Judges, SubsetHeads

_PENALTIES: Final = tuple(10.0**power for power in range(-4, 5))

_CHOOSING: Final = tuple(range(0, NUM_BLOCKS, 5))
"""Starting points whose heads choose the penalty of a size; at the largest size each training example judges once."""

_MOST_JUDGED: Final = 6000
"""Examples that judge; more would narrow the interval less than the extrapolation widens it."""

Flags = npt.NDArray[np.bool_]


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOutErrors:
    """Which judged examples each head got wrong."""

    num_examples_S: npt.NDArray[np.float64]
    """Examples that a subset holds, on average over the starting points."""
    wrong_SBM: Flags
    judged_SBM: Flags
    """Whether the head had not seen the example; only then it may count as wrong."""
    cluster_M: npt.NDArray[np.int64]
    """Examples of one group have one number: they err together."""

    @classmethod
    def measure(
        cls,
        features: Tensor,
        targets: Tensor,
        blocks: Blocks,
        *,
        num_classes: int,
        held_out: tuple[Tensor, Tensor] | None,
        cluster_N: npt.NDArray[np.int64],
        seed: int,
    ) -> Self:
        """Solve the head of every run and judge it by held-out examples and by the training examples outside the run.

        `cluster_N` has the numbers of the training examples; each held-out example is a cluster of its own. The other
        arguments are those of `measure_learning_curve`.
        """
        num = len(features)
        held_features, held_targets = (features[:0], targets[:0]) if held_out is None else held_out
        total = num + len(held_features)
        generator = np.random.default_rng(derive_seed(seed, "learning-curve", "judges"))
        rows_M = np.sort(generator.permutation(total)[:_MOST_JUDGED])
        chosen = torch.from_numpy(rows_M)
        judges = Judges(torch.cat([features, held_features])[chosen], torch.cat([targets, held_targets])[chosen])
        heads = SubsetHeads(features, targets, blocks, num_classes=num_classes)
        is_train_M = rows_M < num
        sizes = blocks.sizes()
        wrong_SBM = np.zeros((len(sizes), NUM_BLOCKS, len(rows_M)), dtype=np.bool_)
        judged_SBM = np.ones_like(wrong_SBM)
        penalty = len(_PENALTIES) // 2
        for index, size in enumerate(sizes):
            for start in range(NUM_BLOCKS):
                judged_SBM[index, start, is_train_M] = ~blocks.is_in(start, size)[rows_M[is_train_M]]
            wrong_SBM[index], penalty = _judge_size(heads, judges, size, judged_SBM[index], penalty)
        clusters = np.concatenate([cluster_N, cluster_N.max() + 1 + np.arange(total - num)])
        return cls(
            num_examples_S=blocks.num_examples(sizes),
            wrong_SBM=wrong_SBM & judged_SBM,
            judged_SBM=judged_SBM,
            cluster_M=clusters[rows_M],
        )


def _judge_size(heads: SubsetHeads, judges: Judges, size: int, judged_BM: Flags, penalty: int) -> tuple[Flags, int]:
    """Mistakes of all runs of one size, and the index of their penalty.

    One penalty serves a whole size: the one whose heads err least over a few runs, found by going downhill from that of
    the size before. Choosing among decades on all judges leaves it little to fit.
    """
    kept: dict[int, ShrunkClasses] = {start: heads.solve(start, size) for start in _CHOOSING}
    tried: dict[int, Flags] = {}

    def count_wrong(index: int) -> float:
        if index not in tried:
            tried[index] = np.stack([judges.find_wrong(classes, _PENALTIES[index]) for classes in kept.values()])
        return float((tried[index] & judged_BM[list(_CHOOSING)]).sum())

    best = _go_downhill(count_wrong, penalty, len(_PENALTIES))
    wrong_BM = np.zeros_like(judged_BM)
    wrong_BM[list(_CHOOSING)] = tried[best]
    kept.clear()
    for start in range(NUM_BLOCKS):
        if start not in _CHOOSING:
            wrong_BM[start] = judges.find_wrong(heads.solve(start, size), _PENALTIES[best])
    return wrong_BM, best


def _go_downhill(loss: Callable[[int], float], start: int, num: int) -> int:
    """The place, of 0 to num - 1, from which neither neighbour is lower."""
    best = start
    while True:
        better = min((place for place in (best + 1, best - 1) if 0 <= place < num), key=loss)
        if loss(better) >= loss(best):
            return best
        best = better
