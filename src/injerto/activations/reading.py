"""Frozen values for examples: from the store where they are there, else computed, stored and returned."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import torch
from torch import Tensor

from injerto.activations.cut import Cut
from injerto.activations.store import ActivationStore, Stored, StoreKey
from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool
from injerto.core.hashing import digest_bytes, digest_json
from injerto.core.messages import say
from injerto.core.progress import Reporter, Silent
from injerto.data.items import AbstractItem, Text

BATCH_SIZE: Final = 32
_SEGMENT_BYTES: Final = 64 << 20


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
    key = StoreKey(backbone=digest_prefix(backbone), contract=_contract_digest(backbone), point="output", pool=pool)
    backbone.eval()

    def run(inputs: Inputs) -> list[Tensor]:
        return list(backbone(inputs, pool).float().cpu())

    stored = _compute(key, backbone, items, run, store, reporter or Silent(), say("progress.features"))
    return torch.stack([stored.read(item.digest) for item in items])


def compute_crossings(
    cut: Cut,
    items: Sequence[AbstractItem],
    *,
    group_index: int,
    store: ActivationStore,
    reporter: Reporter | None = None,
) -> Stored:
    """What reaches the cut for every item, on disk; texts without their padding."""
    backbone = cut.backbone
    ragged = isinstance(items[0], Text)
    key = StoreKey(
        backbone=digest_prefix(backbone, group_index),
        contract=_contract_digest(backbone),
        point=cut.at,
        pool=cut.pool,
        ragged=ragged,
    )

    def run(inputs: Inputs) -> list[Tensor]:
        crossing = cut.run_prefix(inputs).float().cpu()
        if not ragged:
            return list(crossing)
        lengths = inputs["attention_mask"].sum(dim=1).tolist()
        return [row[:length] for row, length in zip(crossing, lengths, strict=True)]

    return _compute(key, backbone, items, run, store, reporter or Silent(), say("progress.prefix"))


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


def _compute(
    key: StoreKey,
    backbone: AbstractBackbone,
    items: Sequence[AbstractItem],
    run: Callable[[Inputs], list[Tensor]],
    store: ActivationStore | None,
    reporter: Reporter,
    label: str,
) -> Stored:
    found = store.load(key) if store else Stored({}, [])
    missing = list({item.digest: item for item in items if item.digest not in found}.values())
    if not missing:
        return found
    pending: list[tuple[str, Tensor]] = []
    memory: dict[str, Tensor] = {}
    batches = _batches(missing)
    with torch.no_grad():
        for batch in reporter.track(batches, label=label, total=len(batches)):
            values = run(_to_device(backbone.prepare(batch), backbone.device()))
            for item, value in zip(batch, values, strict=True):
                pending.append((item.digest, value.clone()))
            if store and sum(value.nbytes for _, value in pending) >= _SEGMENT_BYTES:
                _save(store, key, pending)
                pending = []
    if store:
        _save(store, key, pending)
        return store.load(key)
    memory.update(pending)
    return Stored({digest: (n, 0, -1) for n, digest in enumerate(memory)}, [v[None] for v in memory.values()])


def _save(store: ActivationStore, key: StoreKey, pending: Iterable[tuple[str, Tensor]]) -> None:
    digests, values = zip(*pending, strict=True) if pending else ((), ())
    if digests:
        store.save(key, digests, values)


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
