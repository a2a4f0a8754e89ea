"""A split of which every cell of label and group counts the same, and the worst of them most."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import torch
from torch import Tensor

from injerto.core.plan import Phase
from injerto.tasks.task import AbstractTask
from injerto.training.folds import AbstractFold
from injerto.training.sources import AbstractSource, Disturbance

_SHARPNESS: Final = 2.0
"""Of the smooth maximum: a cell whose loss is half a nat above another's weighs e times as much."""
_EVALUATION_BATCH: Final = 64


@final
@dataclass(kw_only=True)
class GroupFold(AbstractFold):
    """Examples with one label each, and the group of each; see the strategy `group-dro`."""

    source: AbstractSource
    targets: Tensor
    groups: Sequence[str | None]
    where: Sequence[str]
    task: AbstractTask

    def __post_init__(self) -> None:
        cells = list(zip(self.targets.tolist(), self.groups, strict=True))
        numbers = {cell: number for number, cell in enumerate(sorted(set(cells), key=str))}
        self._cell_N = torch.tensor([numbers[cell] for cell in cells])
        self._num_cells = len(numbers)

    def __len__(self) -> int:
        return len(self.targets)

    def training_loss(self, batch: list[int], phase: Phase, *, epoch: int) -> Tensor:
        scores = self.source.score(batch, view=epoch, disturbance=Disturbance(noise=phase.noise)).float()
        targets, cells = self.targets[batch].to(scores.device), self._cell_N[batch].to(scores.device)
        losses = torch.stack(
            [
                self.task.loss(scores[cells == cell], targets[cells == cell], label_smoothing=phase.label_smoothing)
                for cell in sorted(set(cells.tolist()))
            ]
        )
        # log-sum-exp over the cells, moved so that equal losses give that loss.
        return (torch.logsumexp(_SHARPNESS * losses, dim=0) - math.log(len(losses))) / _SHARPNESS

    def evaluate(self, *, before_batch: Callable[[], None]) -> tuple[float, float]:
        """Mean over cells of their mean loss, and of the share that is right."""
        losses, rights = [], []
        for start in range(0, len(self), _EVALUATION_BATCH):
            before_batch()
            some = range(start, min(start + _EVALUATION_BATCH, len(self)))
            chances = self.task.probabilities(self.source.score(some).float().cpu(), temperature=1.0)
            targets = self.targets[some.start : some.stop].numpy()
            losses.append(self.task.losses(chances, targets))
            rights.append(self.task.correct(chances, targets))
        return self._over_cells(np.concatenate(losses)), self._over_cells(np.concatenate(rights))

    def batches(self, size: int, generator: torch.Generator) -> list[list[int]]:
        """As many batches as of the plain split; each takes the cells in turn, and rare ones come again."""
        order = torch.randperm(len(self), generator=generator)
        queues = [order[self._cell_N[order] == cell].tolist() for cell in range(self._num_cells)]
        turn = torch.randperm(self._num_cells, generator=generator).tolist()
        drawn = []
        for place in range(len(self)):
            queue = queues[turn[place % self._num_cells]]
            drawn.append(queue[place // self._num_cells % len(queue)])
        return [drawn[start : start + size] for start in range(0, len(drawn), size)]

    def _over_cells(self, values: np.ndarray) -> float:
        cells = self._cell_N.numpy()
        return float(np.mean([values[cells == cell].mean() for cell in range(self._num_cells)]))
