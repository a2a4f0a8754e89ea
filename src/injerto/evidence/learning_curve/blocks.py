"""A training split cut into blocks that are alike, runs of which are the nested subsets of a learning curve."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np
import numpy.typing as npt

from injerto.core.seeds import derive_seed

NUM_BLOCKS: Final = 20
"""Blocks, and resamples of each size: a run of blocks may start at any of them."""

_LARGEST: Final = 16
"""Blocks of the largest subsets. The other four measure it, so that each example is left out by four of the twenty."""

_NUM_SIZES: Final = 6

_LEAST_EXAMPLES: Final = 8
"""Smaller subsets say nothing about the larger ones: their heads are all but random."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Blocks:
    """Which block every example is in.

    The blocks lie on a circle. A subset of s blocks is a run of them, and the runs from each of the twenty starting
    points are the resamples: the smallest are disjoint, runs from one start are nested, and every example is in equally
    many runs. So a curve needs the sums of twenty blocks once and nothing but additions after that.
    """

    block_N: npt.NDArray[np.int64]
    num_classes: int
    """Classes that have an example."""

    @classmethod
    def of(cls, labels: npt.NDArray[np.int64], *, groups: Sequence[str] | None, seed: int) -> Self:
        """Cut so that every run holds each class in proportion; members of a group stay together.

        The j-th of a class's m shuffled members is put at (j + u) / m of the way round, u drawn once a class. A group
        counts as one member of its most frequent class.
        """
        generator = np.random.default_rng(derive_seed(seed, "learning-curve"))
        unit_N = np.arange(len(labels)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
        label_U, size_U = _label_units(labels, unit_N), np.bincount(unit_N)
        place_U = np.empty(len(size_U))
        for label in np.unique(label_U):
            members = generator.permutation(np.flatnonzero(label_U == label))
            place_U[members] = (np.arange(len(members)) + generator.uniform()) / len(members)
        order = np.argsort(place_U, kind="stable")
        middle_U = np.empty(len(size_U))
        middle_U[order] = np.cumsum(size_U[order]) - size_U[order] / 2
        block_U = (middle_U * NUM_BLOCKS / len(labels)).astype(np.int64)
        return cls(block_N=block_U[unit_N], num_classes=len(np.unique(labels)))

    def sizes(self) -> tuple[int, ...]:
        """Numbers of blocks, rising by about equal factors; empty where there are too few examples for a curve.

        The smallest subsets hold one example a class, on average.
        """
        num = len(self.block_N)
        wanted = max(_LEAST_EXAMPLES, self.num_classes)
        smallest = max(1, math.ceil(wanted * NUM_BLOCKS / num)) if num else NUM_BLOCKS
        if 2 * smallest > _LARGEST:
            return ()
        return tuple(sorted({round(size) for size in np.geomspace(smallest, _LARGEST, _NUM_SIZES)}))

    def run(self, start: int, size: int) -> list[int]:
        """The blocks of the run of `size` blocks from `start`."""
        return [(start + step) % NUM_BLOCKS for step in range(size)]

    def is_in(self, start: int, size: int) -> npt.NDArray[np.bool_]:
        """Which examples are in a run, shape (examples,)."""
        return (self.block_N - start) % NUM_BLOCKS < size

    def num_examples(self, sizes: Sequence[int]) -> npt.NDArray[np.float64]:
        """Examples that a run of each size holds, on average over the starting points."""
        return np.array([len(self.block_N) * size / NUM_BLOCKS for size in sizes])


def _label_units(labels: npt.NDArray[np.int64], unit_N: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    count_UC = np.zeros((unit_N.max() + 1, labels.max() + 1), dtype=np.int64)
    np.add.at(count_UC, (unit_N, labels), 1)
    return np.asarray(count_UC.argmax(axis=1), dtype=np.int64)
