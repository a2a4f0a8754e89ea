"""A split as a gradient phase sees it: its batches, the loss of one, and how well it is answered."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, final

import torch
from torch import Tensor

from injerto.core.plan import Phase
from injerto.tasks.task import AbstractTask
from injerto.training.sources import AbstractSource, Disturbance

_EVALUATION_BATCH: Final = 64
_BUCKET: Final = 8
"""Batches whose examples are sorted by length together: padding falls to a few per cent, and batches stay mixed."""


class AbstractFold(ABC):
    """Examples of one split. Training and evaluation modes are the caller's business."""

    where: Sequence[str]
    """What messages call each example."""
    says_nothing: bool = False
    """Whether all answers were empty when it was evaluated last, as those of a recogniser that learnt silence."""
    num_tokens: int = 0
    """Tokens that one pass over it learns from; 0 where examples are not counted in tokens."""

    @property
    def metric(self) -> str:
        """What the share that is answered right is called."""
        return "accuracy"

    @abstractmethod
    def __len__(self) -> int:
        """Number of examples."""

    @abstractmethod
    def training_loss(self, batch: list[int], phase: Phase, *, epoch: int) -> Tensor:
        """The mean loss of examples by position, with all that the phase does to them."""

    @abstractmethod
    def evaluate(self, *, before_batch: Callable[[], None]) -> tuple[float, float]:
        """Mean loss, and the share that is answered right, of the whole split as it is."""

    def batches(self, size: int, generator: torch.Generator) -> list[list[int]]:
        """Positions of one epoch, in batches of at most `size`."""
        order = torch.randperm(len(self), generator=generator).tolist()
        return [order[start : start + size] for start in range(0, len(order), size)]


@final
@dataclass(kw_only=True)
class LabelFold(AbstractFold):
    """Examples with labels: how their scores are made, and their targets."""

    source: AbstractSource
    targets: Tensor
    where: Sequence[str]
    task: AbstractTask
    view_targets: Callable[[Sequence[int], int], Tensor] | None = None
    """Targets of positions in a view, where augmentation moves them; None where it does not."""
    lengths: Sequence[int] | None = None
    """How long each example is, where batches of like lengths waste less; None mixes all."""
    says_nothing: bool = field(init=False, default=False)

    @property
    def metric(self) -> str:
        return self.task.metric

    def __len__(self) -> int:
        return len(self.targets)

    def training_loss(self, batch: list[int], phase: Phase, *, epoch: int) -> Tensor:
        disturbance = _disturbance(phase, len(batch))
        scores = self.source.score(batch, view=epoch, disturbance=disturbance)
        shown = self.targets[batch] if self.view_targets is None else self.view_targets(batch, epoch)
        targets = shown.to(scores.device)
        loss = self.task.loss(scores.float(), targets, label_smoothing=phase.label_smoothing)
        if disturbance.others is None:
            return loss
        others = self.task.loss(scores.float(), targets[disturbance.others], label_smoothing=phase.label_smoothing)
        return disturbance.share * loss + (1 - disturbance.share) * others

    def evaluate(self, *, before_batch: Callable[[], None]) -> tuple[float, float]:
        self.says_nothing = self.task.writes_text

        def parts() -> Iterator[tuple[Tensor, Tensor]]:
            for start in range(0, len(self), _EVALUATION_BATCH):
                before_batch()
                some = range(start, min(start + _EVALUATION_BATCH, len(self)))
                scores = self.source.score(some).float().cpu()
                if self.says_nothing:
                    self.says_nothing = self.task.says_nothing(self.task.probabilities(scores, temperature=1.0))
                yield scores, self.targets[some.start : some.stop]

        return self.task.evaluate(parts())

    def batches(self, size: int, generator: torch.Generator) -> list[list[int]]:
        if self.lengths is None:
            return super().batches(size, generator)
        order, batches = torch.randperm(len(self), generator=generator).tolist(), []
        for start in range(0, len(order), size * _BUCKET):
            pool = sorted(order[start : start + size * _BUCKET], key=self.lengths.__getitem__)
            batches += [pool[first : first + size] for first in range(0, len(pool), size)]
        return [batches[number] for number in torch.randperm(len(batches), generator=generator).tolist()]


def _disturbance(phase: Phase, size: int) -> Disturbance:
    """Of this step; its random numbers are the step's own."""
    if not phase.mixup:
        return Disturbance(noise=phase.noise)
    share = float(torch.distributions.Beta(phase.mixup, phase.mixup).sample())
    return Disturbance(noise=phase.noise, share=share, others=torch.randperm(size))
