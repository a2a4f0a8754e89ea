"""Where the scores of a batch come from: stored features, stored activations at a cut, or the examples themselves."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import torch
from torch import Tensor, nn

from injerto.activations.cut.cut import Cut, placeholder_inputs
from injerto.activations.store.stored import Stored
from injerto.activations.views import View, stored_view
from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool
from injerto.core.provenance import ImageContract
from injerto.core.seeds import derive_seed
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem
from injerto.tasks.task import Seen
from injerto.training.rows_on_device import Rows, open_ragged_rows, open_rows


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Disturbance:
    """What training does to stored values, since their examples cannot be augmented any more."""

    noise: float = 0.0
    """In standard deviations of the batch."""
    share: float = 1.0
    """How much of a mixture is the example itself (Verma et al. 2019, Manifold mixup, arXiv 1806.05236)."""
    others: Tensor | None = None
    """Positions within the batch of the other example of each mixture."""

    def apply(self, values: Tensor) -> Tensor:
        """Stored values of a batch, disturbed."""
        if self.noise:
            values = values + self.noise * values.std() * torch.randn_like(values)
        if self.others is not None:
            values = self.share * values + (1 - self.share) * values[self.others]
        return values


_PLAIN: Final = Disturbance()


class AbstractSource(ABC):
    """Scores of examples by position. Training and evaluation modes are the caller's business."""

    @abstractmethod
    def score(self, positions: Sequence[int], *, view: int | None = None, disturbance: Disturbance = _PLAIN) -> Tensor:
        """Scores, shape (positions, classes). `view` is the epoch for augmented examples, None for plain ones."""


@final
class FeatureSource(AbstractSource):
    """The whole backbone is frozen: its features are in memory, those of stored views too."""

    def __init__(self, features: Tensor, head: nn.Module, *, views: Sequence[Tensor] = ()) -> None:
        device = next(head.parameters()).device
        self._features = features.to(device)
        self._views = [view.to(device) for view in views]
        self._head = head

    def score(self, positions: Sequence[int], *, view: int | None = None, disturbance: Disturbance = _PLAIN) -> Tensor:
        features = self._features if view is None or not self._views else self._views[view % len(self._views)]
        return torch.as_tensor(self._head(disturbance.apply(features[list(positions)])))


@final
class RowSource(AbstractSource):
    """The whole backbone is frozen, and what it gives is too large for memory: rows are read from the store."""

    def __init__(self, rows: Rows, head: nn.Module, *, views: Sequence[Rows] = ()) -> None:
        self._rows = rows
        self._views = views
        self._head = head

    def score(self, positions: Sequence[int], *, view: int | None = None, disturbance: Disturbance = _PLAIN) -> Tensor:
        rows = self._rows if view is None or not self._views else self._views[view % len(self._views)]
        return torch.as_tensor(self._head(disturbance.apply(rows(positions).values)))


@final
class FrameSource(AbstractSource):
    """The whole backbone is frozen: its frames are on disk, and a batch of them is read when it is asked for."""

    def __init__(self, stored: Stored, items: Sequence[AbstractItem], head: nn.Module) -> None:
        device = next(head.parameters()).device
        self._rows = open_ragged_rows(stored.select([item.digest for item in items]), device)
        self._head = head

    def score(self, positions: Sequence[int], *, view: int | None = None, disturbance: Disturbance = _PLAIN) -> Tensor:
        # Scaled noise alone: frames that are mixed belong to no transcript, and padding stays padding.
        return torch.as_tensor(self._head(self._rows(positions).values))


@final
class CutSource(AbstractSource):
    """The prefix is frozen: what crosses the cut is read from the store and only the suffix runs."""

    def __init__(
        self,
        cut: Cut,
        stored: Stored,
        items: Sequence[AbstractItem],
        head: nn.Module,
        *,
        views: Sequence[Sequence[View]] = (),
    ) -> None:
        self._cut = cut
        self._items = items
        self._head = head
        self._is_ragged = cut.backbone.modality is not Modality.IMAGE
        self._plain = self._open(stored, items)
        self._views = [self._open(stored, views_of_all) for views_of_all in views]
        # One prepared image stands for all: its pixels are not read after the cut, only its shape.
        self._shape_inputs = None if self._is_ragged else placeholder_inputs(cut.backbone.prepare(items[:1]))

    def score(self, positions: Sequence[int], *, view: int | None = None, disturbance: Disturbance = _PLAIN) -> Tensor:
        device = self._cut.backbone.device()
        items = [self._items[position] for position in positions]
        rows = self._plain if view is None or not self._views else self._views[view % len(self._views)]
        read = rows(positions)
        features = self._cut.run_suffix(disturbance.apply(read.values), self._inputs(items, read.counts, device))
        return torch.as_tensor(self._head(features))

    def _open(self, stored: Stored, items: Sequence[AbstractItem | View]) -> Rows:
        selection, device = stored.select([item.digest for item in items]), self._cut.backbone.device()
        return open_ragged_rows(selection, device) if self._is_ragged else open_rows(selection, device)

    def _inputs(self, items: Sequence[AbstractItem], counts: Sequence[int], device: torch.device) -> Inputs:
        if self._shape_inputs is None:
            known = self._cut.backbone.inputs_of_rows(counts)
            inputs = self._cut.backbone.prepare(items) if known is None else known
            return {name: value.to(device) for name, value in inputs.items()}
        return {
            name: value.to(device).expand(len(items), *value.shape[1:]) for name, value in self._shape_inputs.items()
        }


@final
class ItemSource(AbstractSource):
    """Everything runs, from the example on: nothing before the first trained layer could be stored.

    Nothing stored is there to be disturbed: the engine refuses phases that ask for it.
    """

    def __init__(
        self,
        backbone: AbstractBackbone,
        items: Sequence[AbstractItem],
        head: nn.Module,
        *,
        pool: Pool,
        augment: str,
        seed: int,
        num_views: int = 0,
    ) -> None:
        self._backbone = backbone
        self._items = items
        self._head = head
        self._pool = pool
        self._augment = augment
        self._seed = seed
        self._num_views = num_views

    def score(self, positions: Sequence[int], *, view: int | None = None, disturbance: Disturbance = _PLAIN) -> Tensor:
        items = [self._items[position] for position in positions]
        if view is None or self._augment == "none":
            inputs = self._backbone.prepare(items)
        else:
            seeds = view_seeds(items, self._augment, view, seed=self._seed, num_views=self._num_views)
            inputs = self._backbone.prepare(items, augment=self._augment, seeds=seeds)
        device = self._backbone.device()
        features = self._backbone({name: value.to(device) for name, value in inputs.items()}, self._pool)
        return torch.as_tensor(self._head(features))


def view_seeds(items: Sequence[AbstractItem], augment: str, view: int, *, seed: int, num_views: int) -> list[int]:
    """The seed of each item's view, keyed by what is seen and when: neither workers nor a resume can change a view.

    With `num_views` they are the views that are stored, seen in turn; else each epoch has its own.
    """
    if num_views:
        return [stored_view(item, augment, view % num_views).seed for item in items]
    return [derive_seed(seed, "view", view, item.digest) for item in items]


def seen_by(backbone: AbstractBackbone, augment: str = "none", seeds: Sequence[int] = ()) -> Seen | None:
    """What a network for pictures is shown of them; None for other networks."""
    contract = backbone.contract
    if not isinstance(contract, ImageContract):
        return None
    return Seen(input_size=(contract.width, contract.height), augment=augment, seeds=seeds)
