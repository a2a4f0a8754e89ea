"""What a gradient phase trains on: each split as a fold, read from the store as far as the phase leaves it frozen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

import numpy as np
from torch import Tensor, nn

from injerto.activations.reading import compute_maps, store_frames
from injerto.activations.store.store import ActivationStore
from injerto.activations.views import View, stored_view
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.errors import UsageError
from injerto.core.messages import say
from injerto.core.plan import Phase, Plan
from injerto.core.progress import Reporter
from injerto.core.survey import Modality, Split
from injerto.data.items import AbstractItem
from injerto.data.labelled import LabelledData, Splits
from injerto.tasks.task import AbstractTask
from injerto.training.folds import AbstractFold, LabelFold
from injerto.training.group_fold import GroupFold
from injerto.training.pair_fold import PairFold
from injerto.training.planned_cut import PlannedCut
from injerto.training.rows_on_device import Rows, open_rows
from injerto.training.sources import (
    AbstractSource,
    CutSource,
    FeatureSource,
    FrameSource,
    ItemSource,
    RowSource,
    seen_by,
    view_seeds,
)

_BOTH: Final[tuple[Split, Split]] = ("train", "tune")
Folds = tuple[AbstractFold, AbstractFold, str]
"""The training split, the tune split, and where they are read from, in words."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class SplitExamples:
    """The examples of each split, as items, targets and views."""

    plan: Plan
    backbone: AbstractBackbone
    task: AbstractTask
    data: LabelledData
    splits: Splits

    def positions(self, split: Split) -> list[int]:
        """Where the examples lie in the data."""
        positions: np.ndarray = getattr(self.splits, split)
        return [int(i) for i in positions]

    def items(self, split: Split) -> Sequence[AbstractItem]:
        """Their contents."""
        return [self.data.examples[i].item for i in self.positions(split)]

    def targets(self, split: Split) -> Tensor:
        """Their targets, as they are seen without augmentation."""
        return self.task.make_targets(self.data, self.positions(split), seen_by(self.backbone))

    def groups(self, split: Split) -> list[str | None]:
        """The group of each example, by the column that the plan balances; None for all where it balances labels.

        Raises `UsageError` where the data have no such column.
        """
        by = self.plan.head_options.get("by")
        examples = [self.data.examples[i] for i in self.positions(split)]
        if not by:
            return [None] * len(examples)
        if not all(example.attributes for example in examples):
            raise UsageError("balance-without-column", column=by, source=self.data.source)
        return [example.attributes[0] for example in examples]

    def views(self, phase: Phase) -> list[list[View]]:
        """The stored views of the training examples, one list a view; none where examples are seen as they are."""
        if phase.augment == "none":
            return []
        items = self.items("train")
        return [[stored_view(item, phase.augment, number) for item in items] for number in range(phase.views)]

    def targets_in_view(self, phase: Phase, positions: Sequence[int], view: int) -> Tensor:
        """Targets of training examples, by place in their split, where augmentation moves them."""
        chosen = [self.positions("train")[i] for i in positions]
        items = [self.data.examples[i].item for i in chosen]
        seeds = view_seeds(items, phase.augment, view, seed=self.plan.seed, num_views=phase.views)
        return self.task.make_targets(self.data, chosen, seen_by(self.backbone, phase.augment, seeds))


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class FoldMaking:
    """Folds of one phase. `head` is what the phase puts on the features; `features_of` gives pooled ones."""

    examples: SplitExamples
    phase: Phase
    head: nn.Module
    store: ActivationStore | None
    reporter: Reporter
    features: Callable[[Split], Tensor]
    features_of: Callable[[Sequence[AbstractItem | View]], Tensor]

    def make(self, first_group: int, planned: PlannedCut | None, facts: dict[str, Any]) -> Folds:
        """Folds for a phase that trains layer groups from `first_group` on; `facts` gets what was measured."""
        backbone, phase = self.examples.backbone, self.phase
        frozen, pool = first_group == len(backbone.layer_groups), self.examples.plan.pool
        if frozen and pool == "frames":
            if self.store is not None:
                return self._from_frames(self.store)
        elif frozen and reads_maps(self.examples.plan):
            if self.store is not None and (phase.augment == "none" or phase.views):
                return self._from_maps(self.store, facts)
        elif frozen:
            seen = [self.features_of(of_all) for of_all in self.examples.views(phase)]
            augmented = FeatureSource(self.features("train"), self.head, views=seen)
            return self._both(augmented, FeatureSource(self.features("tune"), self.head), say("freeze.cut-head"))
        if planned is not None:
            return self._from_cut(planned)
        if phase.noise or phase.mixup:
            raise UsageError("disturbance-stored", phase=phase.name)
        train, tune = (
            ItemSource(
                backbone,
                self.examples.items(split),
                self.head,
                pool=pool,
                augment=phase.augment,
                seed=self.examples.plan.seed,
                num_views=phase.views,
            )
            for split in _BOTH
        )
        return self._both(train, tune, say(f"freeze.cut-{'fresh' if frozen else 'none'}"))

    def _from_cut(self, planned: PlannedCut) -> Folds:
        stored, items, views = planned.crossings.stored, self.examples.items, self.examples.views(self.phase)
        train = CutSource(planned.cut, stored, items("train"), self.head, views=views)
        gain = f"{planned.savings.predicted:.1f}"
        where = say("freeze.cut-at", module=planned.cut.at, gain=gain, epochs=self.phase.epochs)
        return self._both(train, CutSource(planned.cut, stored, items("tune"), self.head), where)

    def _from_frames(self, store: ActivationStore) -> Folds:
        """Everything is frozen, and the frames of all recordings stay on disk."""
        train, tune = self.examples.items("train"), self.examples.items("tune")
        frames = store_frames(self.examples.backbone, [*train, *tune], store=store, reporter=self.reporter)
        sources = FrameSource(frames, train, self.head), FrameSource(frames, tune, self.head)
        return self._both(*sources, say("freeze.cut-head"))

    def _from_maps(self, store: ActivationStore, facts: dict[str, Any]) -> Folds:
        """Everything is frozen and its maps stay on disk: read batch by batch, they need no memory."""
        views, plan = self.examples.views(self.phase), self.examples.plan
        seen = [view for of_all in views for view in of_all]
        found = compute_maps(
            self.examples.backbone,
            [*(seen or self.examples.items("train")), *self.examples.items("tune")],
            pool=plan.pool,
            store=store,
            precision=plan.activation_precision,
            reporter=self.reporter,
        )
        facts["maps_seconds"] = found.seconds
        device = self.examples.backbone.device()

        def rows(items: Sequence[AbstractItem | View]) -> Rows:
            return open_rows(found.stored.select([item.digest for item in items]), device)

        shown = [rows(of_all) for of_all in views]
        train = RowSource(shown[0] if shown else rows(self.examples.items("train")), self.head, views=shown)
        return self._both(train, RowSource(rows(self.examples.items("tune")), self.head), say("freeze.cut-head"))

    def _both(self, train: AbstractSource, tune: AbstractSource, where: str) -> Folds:
        return self._fold("train", train), self._fold("tune", tune), where

    def _fold(self, split: Split, source: AbstractSource) -> AbstractFold:
        examples, phase = self.examples, self.phase
        where = [examples.data.examples[i].where for i in examples.positions(split)]
        if phase.objective == "pairs":
            return PairFold(source=source, targets=examples.targets(split), where=where)
        if phase.objective == "groups":
            return GroupFold(
                source=source,
                targets=examples.targets(split),
                groups=examples.groups(split),
                where=where,
                task=examples.task,
            )
        moves = split == "train" and phase.augment != "none" and phase.augment == examples.task.augment
        is_sound = examples.backbone.modality is Modality.AUDIO
        return LabelFold(
            source=source,
            targets=examples.targets(split),
            where=where,
            task=examples.task,
            view_targets=partial(examples.targets_in_view, phase) if moves else None,
            lengths=examples.backbone.lengths(examples.items(split)) if is_sound else None,
        )


def reads_maps(plan: Plan) -> bool:
    """Whether what the head reads is too large to hold that of all examples in memory."""
    return plan.pool in ("maps", "queries")
