"""Frozen values for examples: from the store where they are there, else computed, stored and returned."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, final

import torch
from torch import Tensor

from injerto.activations.cut import Cut
from injerto.activations.frozen_copy import channels_last, make_frozen_copy
from injerto.activations.precision import Precision
from injerto.activations.read_ahead import read_ahead
from injerto.activations.store import ActivationStore, Stored, StoreKey
from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool
from injerto.core.hashing import digest_bytes, digest_json
from injerto.core.messages import say
from injerto.core.progress import Reporter, Silent
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem, Text

BATCH_SIZE: Final = 32
_SEGMENT_BYTES: Final = 32 << 20
_SEGMENT_SECONDS: Final = 1.0
"""A segment is written at least this often, so that a killed run repeats little more than its last batch."""
_WORTH_A_COPY: Final = 32
"""Examples from which on the quicker copy of a backbone pays for being made."""


def compute_features(
    backbone: AbstractBackbone,
    items: Sequence[AbstractItem],
    *,
    pool: Pool = "pooled",
    store: ActivationStore | None,
    reporter: Reporter | None = None,
) -> Tensor:
    """Features of every item, shape (items, features), float32 on the CPU.

    Each distinct content runs through the backbone once, ever: the rest comes from the store. Without a store
    everything is computed and nothing is written.
    """
    if not items:
        return torch.zeros(0, backbone.num_features(pool))
    key = StoreKey(
        backbone=digest_prefix(backbone),
        contract=_contract_digest(backbone),
        point="output",
        pool=pool,
        title=backbone.card.name,
    )

    def begin(sample: Inputs | None) -> Callable[[Inputs], list[Tensor]]:
        quick = make_frozen_copy(backbone, sample, pool=pool) if sample else backbone
        return lambda inputs: list(quick(channels_last(inputs), pool).float().cpu())

    found = _compute(key, backbone, items, begin, store, reporter or Silent(), say("progress.features"))
    return found.gather([item.digest for item in items])


@dataclass(frozen=True, kw_only=True, slots=True)
class Crossings:
    """What reaches a cut for some items, on disk."""

    stored: Stored
    seconds: float
    """What computing them took; 0 where all were stored."""


def compute_crossings(
    cut: Cut,
    items: Sequence[AbstractItem],
    *,
    group_index: int,
    store: ActivationStore,
    precision: Precision = "fp32",
    reporter: Reporter | None = None,
) -> Crossings:
    """What reaches the cut for every item, stored in `precision`; texts without their padding."""
    backbone = cut.backbone
    ragged = isinstance(items[0], Text)
    key = StoreKey(
        backbone=digest_prefix(backbone, group_index),
        contract=_contract_digest(backbone),
        point=cut.at,
        pool=cut.pool,
        precision=precision,
        ragged=ragged,
        title=backbone.card.name,
    )

    def begin(sample: Inputs | None) -> Callable[[Inputs], list[Tensor]]:
        quick = replace(cut, backbone=make_frozen_copy(backbone, sample, pool=cut.pool)) if sample else cut

        def run(inputs: Inputs) -> list[Tensor]:
            crossing = quick.run_prefix(channels_last(inputs)).float().cpu()
            if not ragged:
                return list(crossing)
            lengths = inputs["attention_mask"].sum(dim=1).tolist()
            return [row[:length] for row, length in zip(crossing, lengths, strict=True)]

        return run

    start = time.monotonic()
    found = _compute(key, backbone, items, begin, store, reporter or Silent(), say("progress.prefix"))
    assert isinstance(found, Stored)  # There is a store.
    return Crossings(stored=found, seconds=time.monotonic() - start)


def digest_prefix(backbone: AbstractBackbone, group_index: int | None = None) -> str:
    """SHA-256 of the weights and buffers before a layer group (all of them without one), as they are now.

    A later phase that thaws more groups finds what an earlier one stored, since its prefix has not changed.
    """
    groups = backbone.layer_groups[:group_index]
    modules = tuple(f"{name}." for group in groups for name in group.modules)
    own = {name for group in groups for name in group.parameters}
    state = backbone.network.state_dict()
    parts = [
        digest_bytes(f"{name}{tuple(value.shape)}{value.dtype}".encode(), _bytes_of(value))
        for name, value in sorted(state.items())
        if group_index is None or name in own or name.startswith(modules)
    ]
    # Two architectures can hold equal weights and differ in a setting: the digest at load tells them apart.
    return digest_json([backbone.digest, parts])


class _Values(Protocol):
    """Values of many examples, by digest."""

    def gather(self, digests: Sequence[str]) -> Tensor: ...


@final
@dataclass(frozen=True, slots=True)
class _InMemory:
    """Values that are kept nowhere else."""

    values: dict[str, Tensor]

    def gather(self, digests: Sequence[str]) -> Tensor:
        return torch.stack([self.values[digest] for digest in digests])


@torch.no_grad()
def _compute(
    key: StoreKey,
    backbone: AbstractBackbone,
    items: Sequence[AbstractItem],
    begin: Callable[[Inputs | None], Callable[[Inputs], list[Tensor]]],
    store: ActivationStore | None,
    reporter: Reporter,
    label: str,
) -> _Values:
    """Values of `items`. `begin` is given a sample where a quicker copy pays, and gives what runs a batch."""
    distinct = {item.digest: item for item in items}
    missing = list(distinct)
    if store is not None:
        stored, missing = store.load(key, missing)
        if not missing:
            return stored
    backbone.eval()
    batches = _batches([distinct[digest] for digest in missing])
    run = begin(_sample(backbone, batches[0]) if len(missing) >= _WORTH_A_COPY else None)
    computed: dict[str, Tensor] = {}
    last_write = time.monotonic()
    prepared = read_ahead(backbone.prepare, batches)
    for batch, inputs in reporter.track(prepared, label=label, total=len(batches)):
        values = run(_to_device(inputs, backbone.device()))
        # Cloned: a row alone would keep the memory of its whole batch.
        computed |= {item.digest: value.clone() for item, value in zip(batch, values, strict=True)}
        is_due = time.monotonic() - last_write >= _SEGMENT_SECONDS
        if store is not None and (is_due or sum(value.nbytes for value in computed.values()) >= _SEGMENT_BYTES):
            store.save(key, list(computed), list(computed.values()))
            computed, last_write = {}, time.monotonic()
    if store is None:
        return _InMemory(computed)
    if computed:
        store.save(key, list(computed), list(computed.values()))
    store.compact(key)
    return store.load(key, list(distinct))[0]


def _sample(backbone: AbstractBackbone, batch: list[AbstractItem]) -> Inputs | None:
    """Two examples to compare a quicker copy on; None for texts, which have no convolutions to make quicker."""
    if backbone.modality is not Modality.IMAGE:
        return None
    return _to_device(backbone.prepare(batch[:2]), backbone.device())


def _batches(items: list[AbstractItem]) -> list[list[AbstractItem]]:
    """Texts of similar length together, so that little of a batch is padding."""
    ordered = sorted(items, key=lambda item: len(item.text) if isinstance(item, Text) else 0)
    return [ordered[start : start + BATCH_SIZE] for start in range(0, len(ordered), BATCH_SIZE)]


def _to_device(inputs: Inputs, device: torch.device) -> Inputs:
    return {name: value.to(device, non_blocking=True) for name, value in inputs.items()}


def _contract_digest(backbone: AbstractBackbone) -> str:
    return digest_json(backbone.contract.model_dump(mode="json"))


def _bytes_of(value: Tensor) -> memoryview:
    return value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data
