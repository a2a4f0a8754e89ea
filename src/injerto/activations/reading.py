"""Frozen values for examples: from the store where they are there, else computed, stored and returned."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Protocol, final

import torch
from torch import Tensor, nn

from injerto.activations.cut.cut import Cut
from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.filling import Job, fill_store, run_job
from injerto.activations.prefix_digest import digest_prefix
from injerto.activations.shared_decoding import SharedDecoding
from injerto.activations.store.entry import StoreKey
from injerto.activations.store.precision import Precision
from injerto.activations.store.store import ActivationStore
from injerto.activations.store.stored import Stored
from injerto.activations.views import View, plain_views
from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool
from injerto.backbones.image_preparation import PREPARATION, least_side
from injerto.core.errors import ResourceError
from injerto.core.hashing import digest_json
from injerto.core.messages import say
from injerto.core.progress import Reporter, Silent, Untracked
from injerto.core.provenance import ImageContract
from injerto.core.survey import Modality
from injerto.data.items import AbstractImageItem, AbstractItem

_ATTEMPTS: Final = 5


def compute_features(
    backbone: AbstractBackbone,
    items: Sequence[AbstractItem | View],
    *,
    pool: Pool = "pooled",
    store: ActivationStore | None,
    reporter: Reporter | None = None,
) -> Tensor:
    """Features of every item or view, shape (items, features), float32 on the CPU; frames padded with zeros.

    Each distinct content runs through the backbone once, ever: the rest comes from the store. Without a store
    everything is computed, in float32, and nothing is written.
    """
    if not items:
        return torch.zeros(0, *([0] if pool == "frames" else []), backbone.num_features(pool))
    views = _as_views(items)
    found = _compute(_feature_job(backbone, pool, store), views, store, reporter or Silent(), say("progress.features"))
    digests = [view.digest for view in views]
    if pool == "frames":
        return nn.utils.rnn.pad_sequence([found.read(digest) for digest in digests], batch_first=True)
    return found.gather(digests)


def store_frames(
    backbone: AbstractBackbone, items: Sequence[AbstractItem], *, store: ActivationStore, reporter: Reporter
) -> Stored:
    """Every frame of every recording, on disk."""
    job = _feature_job(backbone, "frames", store)
    found = _compute(job, _as_views(items), store, reporter, say("progress.features"))
    assert isinstance(found, Stored)  # There is a store.
    return found


def compute_features_of_several(
    backbones: Sequence[AbstractBackbone],
    items: Sequence[AbstractItem],
    *,
    store: ActivationStore,
    pool: Pool = "pooled",
    reporter: Reporter | None = None,
) -> list[Tensor]:
    """`compute_features` of each backbone, images decoded once for all of them.

    The backbones, which are all in memory, take turns: whoever has seen the fewest examples goes on, so that few
    decoded images have to be kept.
    """
    reporter = reporter or Silent()
    distinct = list({item.digest: item for item in items}.values())
    shown = _share_decoding(distinct, backbones)
    turns: list[_Turn] = []
    total = 0
    with ExitStack() as stack:
        # Around all turns: each ends its own mode without gradients in an order that nobody can tell before.
        stack.enter_context(torch.no_grad())
        for backbone in backbones:
            job = _feature_job(backbone, pool, store)
            _, missing = store.load(job.key, [item.digest for item in distinct])
            absent = set(missing)
            views = plain_views([item for item in shown if item.digest in absent])
            if views:
                total += len(views)
                backbone.eval()
                batches = stack.enter_context(closing(run_job(job, views, Untracked(reporter), "")))
                turns.append(_Turn(stack.enter_context(closing(fill_store(store, job.key, batches)))))
        for _ in reporter.track(_take_turns(turns), label=say("progress.features"), total=total):
            pass
    return [compute_features(backbone, items, pool=pool, store=store, reporter=reporter) for backbone in backbones]


def store_features(
    backbone: AbstractBackbone, items: Sequence[AbstractItem], features: Tensor, *, pool: Pool, store: ActivationStore
) -> None:
    """Keep features that came out as a part of others, such as the last layer's among those of all taps."""
    job = _feature_job(backbone, pool, store)
    rows = {item.digest: row for item, row in zip(items, features, strict=True)}
    _, missing = store.load(job.key, list(rows))
    if missing:
        store.save(job.key, missing, [rows[digest].clone() for digest in missing])


@dataclass(frozen=True, kw_only=True, slots=True)
class PassSpeed:
    """What a pass over many examples would take, from a few of its batches."""

    setup_seconds: float
    seconds_per_item: float
    num_missing: int
    """Distinct examples whose values were not stored before."""
    num_timed: int = 0
    """Of these, those that were timed and are stored now."""


def measure_pass(
    backbone: AbstractBackbone, items: Sequence[AbstractItem], *, pool: Pool, store: ActivationStore, most_items: int
) -> PassSpeed:
    """Time the first `most_items` of the items that are not stored, in the runtime that all of them would get.

    What it computes is stored, so that the pass itself is shorter by it.
    """
    job = _feature_job(backbone, pool, store)
    distinct = {item.digest: item for item in items}
    _, missing = store.load(job.key, list(distinct))
    views = plain_views([distinct[digest] for digest in missing])
    if not views:
        return PassSpeed(setup_seconds=0.0, seconds_per_item=0.0, num_missing=0)
    backbone.eval()
    start = time.perf_counter()
    spent = []
    with closing(run_job(job, views[:most_items], Silent(), "", num_items=len(views))) as batches:
        for values in batches:
            spent.append((time.perf_counter(), len(values)))
            store.save(job.key, list(values), list(values.values()))
    # The first batch waits for the runtime; what it took beyond one like the second is setup.
    total, number = spent[-1][0] - start, sum(count for _, count in spent)
    if len(spent) < 2:
        return PassSpeed(setup_seconds=0.0, seconds_per_item=total / number, num_missing=len(views), num_timed=number)
    each = (spent[-1][0] - spent[0][0]) / (number - spent[0][1])
    setup = max(0.0, total - each * number)
    return PassSpeed(setup_seconds=setup, seconds_per_item=each, num_missing=len(views), num_timed=number)


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossings:
    """What reaches a cut for some items, on disk."""

    stored: Stored
    seconds: float
    """What computing them took; 0 where all were stored."""


def compute_crossings(
    cut: Cut,
    items: Sequence[AbstractItem | View],
    *,
    group_index: int,
    store: ActivationStore,
    precision: Precision = "fp32",
    reporter: Reporter | None = None,
) -> Crossings:
    """What reaches the cut for every item or view, stored in `precision`; texts without their padding."""
    backbone = cut.backbone
    part = FrozenPart(backbone, pool=cut.pool, at=cut.at, carried=tuple(cut.carried))
    key = (digest_prefix(backbone, group_index), cut.at)
    return _store_rows(part, key, items, store=store, precision=precision, reporter=reporter)


def compute_token_features(
    backbone: AbstractBackbone,
    items: Sequence[AbstractItem | View],
    *,
    store: ActivationStore,
    precision: Precision = "fp32",
    reporter: Reporter | None = None,
) -> Crossings:
    """What a whole backbone gives for each token of every item, stored without padding: an encoder's states."""
    part = FrozenPart(backbone, pool="tokens")
    key = (digest_prefix(backbone), "output")
    return _store_rows(part, key, items, store=store, precision=precision, reporter=reporter)


def _store_rows(
    part: FrozenPart,
    prefix_and_point: tuple[str, str],
    items: Sequence[AbstractItem | View],
    *,
    store: ActivationStore,
    precision: Precision,
    reporter: Reporter | None,
) -> Crossings:
    backbone, views = part.backbone, _as_views(items)
    ragged = backbone.modality is not Modality.IMAGE
    job = Job(
        key=StoreKey(
            backbone=prefix_and_point[0],
            contract=_contract_digest(backbone),
            point=prefix_and_point[1],
            pool=part.pool,
            precision=precision,
            arithmetic=store.arithmetic,
            ragged=ragged,
            title=backbone.card.name,
        ),
        part=part,
        keep=partial(_rows_without_padding, backbone) if ragged else _rows,
    )
    start = time.monotonic()
    found = _compute(job, views, store, reporter or Silent(), say("progress.prefix"))
    assert isinstance(found, Stored)  # There is a store.
    return Crossings(stored=found, seconds=time.monotonic() - start)


def compute_maps(
    backbone: AbstractBackbone,
    items: Sequence[AbstractItem | View],
    *,
    pool: Pool,
    store: ActivationStore,
    precision: Precision = "fp16",
    reporter: Reporter | None = None,
) -> Crossings:
    """What a whole frozen backbone gives for every item or view, left on disk: for outputs that fill any memory."""
    plain = _feature_job(backbone, pool, store)
    job = replace(plain, key=plain.key.model_copy(update={"precision": precision}))
    start = time.monotonic()
    found = _compute(job, _as_views(items), store, reporter or Silent(), say("progress.features"))
    assert isinstance(found, Stored)  # There is a store.
    return Crossings(stored=found, seconds=time.monotonic() - start)


class _Values(Protocol):
    """Values of many examples, by digest."""

    def gather(self, digests: Sequence[str]) -> Tensor: ...

    def read(self, digest: str) -> Tensor: ...


@final
@dataclass(frozen=True, slots=True)
class _InMemory:
    """Values that are kept nowhere else."""

    values: dict[str, Tensor]

    def gather(self, digests: Sequence[str]) -> Tensor:
        return torch.stack([self.values[digest] for digest in digests])

    def read(self, digest: str) -> Tensor:
        return self.values[digest]


def _feature_job(backbone: AbstractBackbone, pool: Pool, store: ActivationStore | None) -> Job:
    key = StoreKey(
        backbone=digest_prefix(backbone),
        contract=_contract_digest(backbone),
        point="output",
        pool=pool,
        arithmetic="exact" if store is None else store.arithmetic,
        ragged=pool == "frames",
        title=backbone.card.name,
    )
    keep = partial(_rows_without_padding, backbone) if pool == "frames" else _rows
    return Job(key=key, part=FrozenPart(backbone, pool=pool), keep=keep)


def _compute(job: Job, views: Sequence[View], store: ActivationStore | None, reporter: Reporter, label: str) -> _Values:
    distinct = {view.digest: view for view in views}
    job.part.backbone.eval()
    if store is None:
        computed: dict[str, Tensor] = {}
        with closing(run_job(job, list(distinct.values()), reporter, label)) as batches:
            for values in batches:
                computed |= values
        return _InMemory(computed)
    for _ in range(_ATTEMPTS):
        stored, missing = store.load(job.key, list(distinct))
        if not missing:
            return stored
        # Closed also where writing fails: what is half run holds a hook and the mode without gradients.
        with closing(run_job(job, [distinct[digest] for digest in missing], reporter, label)) as batches:
            for _ in fill_store(store, job.key, batches):
                pass
    # What was written is always gone before it is read: somebody empties the store all the time.
    raise ResourceError("store-emptied", path=store.folder)


@final
@dataclass(slots=True)
class _Turn:
    """One backbone among several, and how many examples it has seen."""

    filling: Iterator[int]
    num_seen: int = 0


def _take_turns(turns: Sequence[_Turn]) -> Iterator[None]:
    """Let whoever has seen the fewest go on, until all are done; yields once for each example of each."""
    waiting = list(turns)
    while waiting:
        turn = min(waiting, key=lambda one: one.num_seen)
        number = next(turn.filling, None)
        if number is None:
            waiting.remove(turn)
        else:
            turn.num_seen += number
            yield from (None for _ in range(number))


def _share_decoding(items: Sequence[AbstractItem], backbones: Sequence[AbstractBackbone]) -> Sequence[AbstractItem]:
    """The items, decoded once for all backbones where they are images."""
    contracts = [backbone.contract for backbone in backbones if isinstance(backbone.contract, ImageContract)]
    images = [item for item in items if isinstance(item, AbstractImageItem)]
    if len(images) < len(items) or len(contracts) < 2:
        return items
    return SharedDecoding(smallest=min(map(least_side, contracts))).share(images)


def _rows(values: Tensor, inputs: Inputs) -> list[Tensor]:
    return list(values.float())


def _rows_without_padding(backbone: AbstractBackbone, values: Tensor, inputs: Inputs) -> list[Tensor]:
    lengths = backbone.row_counts(inputs)
    assert lengths is not None  # Only what is padded comes here.
    return [row[:length] for row, length in zip(values.float(), lengths, strict=True)]


def _as_views(items: Sequence[AbstractItem | View]) -> list[View]:
    return [item if isinstance(item, View) else View(item) for item in items]


def _contract_digest(backbone: AbstractBackbone) -> str:
    return digest_json({"preparation": PREPARATION, **backbone.contract.model_dump(mode="json")})
