"""Where the scores of a batch come from: stored features, stored activations at a cut, or the examples themselves."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn

from injerto.activations.cut import Cut, placeholder_inputs
from injerto.activations.store import Stored
from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool
from injerto.core.seeds import derive_seed
from injerto.data.items import AbstractItem, Text


class AbstractSource(ABC):
    """Scores of examples by position. Training and evaluation modes are the caller's business."""

    @abstractmethod
    def score(self, positions: Sequence[int], *, view: int | None = None) -> Tensor:
        """Scores, shape (positions, classes). `view` is the epoch for augmented examples, None for plain ones."""


@final
class FeatureSource(AbstractSource):
    """The whole backbone is frozen: its features are in memory."""

    def __init__(self, features: Tensor, head: nn.Module) -> None:
        self._features = features.to(next(head.parameters()).device)
        self._head = head

    def score(self, positions: Sequence[int], *, view: int | None = None) -> Tensor:
        return torch.as_tensor(self._head(self._features[list(positions)]))


@final
class CutSource(AbstractSource):
    """The prefix is frozen: what crosses the cut is read from the store and only the suffix runs."""

    def __init__(self, cut: Cut, stored: Stored, items: Sequence[AbstractItem], head: nn.Module) -> None:
        self._cut = cut
        self._stored = stored.select([item.digest for item in items])
        self._items = items
        self._head = head
        self._is_text = isinstance(items[0], Text)
        # One prepared image stands for all: its pixels are not read after the cut, only its shape.
        self._shape_inputs = None if self._is_text else placeholder_inputs(cut.backbone.prepare(items[:1]))

    def score(self, positions: Sequence[int], *, view: int | None = None) -> Tensor:
        device = self._cut.backbone.device()
        items = [self._items[position] for position in positions]
        if self._is_text:
            rows = [self._stored.read(position) for position in positions]
            crossing = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        else:
            crossing = self._stored.gather(positions)
        features = self._cut.run_suffix(crossing.to(device), self._inputs(items, device))
        return torch.as_tensor(self._head(features))

    def _inputs(self, items: Sequence[AbstractItem], device: torch.device) -> Inputs:
        if self._shape_inputs is None:
            return {name: value.to(device) for name, value in self._cut.backbone.prepare(items).items()}
        return {
            name: value.to(device).expand(len(items), *value.shape[1:]) for name, value in self._shape_inputs.items()
        }


@final
class ItemSource(AbstractSource):
    """Everything runs, from the example on: nothing before the first trained layer could be stored."""

    def __init__(
        self,
        backbone: AbstractBackbone,
        items: Sequence[AbstractItem],
        head: nn.Module,
        *,
        pool: Pool,
        augment: str,
        seed: int,
    ) -> None:
        self._backbone = backbone
        self._items = items
        self._head = head
        self._pool = pool
        self._augment = augment
        self._seed = seed

    def score(self, positions: Sequence[int], *, view: int | None = None) -> Tensor:
        items = [self._items[position] for position in positions]
        if view is None or self._augment == "none":
            inputs = self._backbone.prepare(items)
        else:
            # Keyed by what is seen and when, so that neither workers nor a resume can change a view.
            seeds = [derive_seed(self._seed, "view", view, item.digest) for item in items]
            inputs = self._backbone.prepare(items, augment=self._augment, seeds=seeds)
        device = self._backbone.device()
        features = self._backbone({name: value.to(device) for name, value in inputs.items()}, self._pool)
        return torch.as_tensor(self._head(features))
