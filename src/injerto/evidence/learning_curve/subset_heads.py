"""The head of every run of blocks, solved from sums that are added and subtracted as the run moves round."""

# N training examples, M judged examples, K classes with examples, D features.

from typing import Final, final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from injerto.activations.ledger.ledger import Ledger
from injerto.evidence.learning_curve.blocks import NUM_BLOCKS, Blocks
from injerto.evidence.learning_curve.shrunk_classes import ShrunkClasses
from injerto.strategies.heads.moments import Moments
from injerto.strategies.heads.standardisation import Standardisation

_ROWS_BELOW: Final = 0.6
"""Fewer examples than this share of the features are factored as rows, which is cheaper then."""

_MOST_SUMMED: Final = 2048
"""Features above which their products, a matrix for each block, would fill the memory."""


@final
class SubsetHeads:
    """Solves the head of any run of blocks; cheapest when asked for one starting point after the other.

    Args:
        features: of the training examples, shape (examples, features).
        targets: class indices, shape (examples,).
        blocks: of these examples.
        num_classes: length of a score.
    """

    def __init__(self, features: Tensor, targets: Tensor, blocks: Blocks, *, num_classes: int) -> None:
        self._features: Final = features
        self._targets: Final = targets
        self._blocks: Final = blocks
        self._num_classes: Final = num_classes
        self._sums: dict[int, Moments] = {}
        self._last: tuple[int, int, Moments] | None = None
        if not all(self._is_by_rows(size) for size in blocks.sizes()):
            ledger = Ledger(features.shape[1], num_classes)
            ledger.add(features, targets, groups=[str(block) for block in blocks.block_N])
            self._sums = {int(cell.group): moments for cell, moments in ledger.cells()}

    def solve(self, start: int, size: int) -> ShrunkClasses:
        """The classes of the run of `size` blocks from `start`."""
        if self._is_by_rows(size):
            rows = torch.from_numpy(np.flatnonzero(self._blocks.is_in(start, size)))
            return ShrunkClasses.of_rows(self._features[rows], self._targets[rows])
        return ShrunkClasses.of_moments(self._add_up(start, size))

    def _is_by_rows(self, size: int) -> bool:
        num, width = self._features.shape
        return width > _MOST_SUMMED or num * size / NUM_BLOCKS < _ROWS_BELOW * width

    def _add_up(self, start: int, size: int) -> Moments:
        if self._last is not None and self._last[:2] == (start - 1, size):
            total = self._change(self._last[2], start - 1, weight=-1)
            total = self._change(total, start + size - 1, weight=1)
        else:
            total = Moments.zeros(self._features.shape[1], self._num_classes)
            for block in self._blocks.run(start, size):
                total = self._change(total, block, weight=1)
        self._last = (start, size, total)
        return total

    def _change(self, total: Moments, block: int, *, weight: float) -> Moments:
        sums = self._sums.get(block % NUM_BLOCKS)  # A block may be empty where groups are large.
        return total if sums is None else total.plus(sums, weight=weight)


@final
class Judges:
    """The examples that heads are judged by, standardised once so that float32 is enough for their scores."""

    def __init__(self, features: Tensor, labels: Tensor) -> None:
        self._standardise: Final = Standardisation.of(features, torch.ones(len(features), dtype=torch.float64))
        self._z_MD: Final = self._standardise(features).float()
        self.labels: Final = labels

    def score(self, classes: ShrunkClasses, penalty: float) -> Tensor:
        """Scores of the classes that the head knows, shape (examples, classes)."""
        weight_KD, bias_K = classes.solve(penalty)
        bias_K = bias_K + weight_KD @ self._standardise.mean_D
        return torch.addmm(bias_K.float(), self._z_MD, (weight_KD * self._standardise.scale_D).float().T)

    def find_wrong(self, classes: ShrunkClasses, penalty: float) -> npt.NDArray[np.bool_]:
        """Which examples get a wrong answer, shape (examples,)."""
        answer_M = classes.present_K[self.score(classes, penalty).argmax(1)]
        return np.asarray((answer_M != self.labels).numpy())
