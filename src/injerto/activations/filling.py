"""What the store lacks is computed, in the runtime that the job deserves, and written as it comes."""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final, final

from torch import Tensor

from injerto.activations.batches import Keep, copy_to, order_views, prepare_views, run_batches, split_views
from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.choosing import open_runtime
from injerto.activations.store.entry import StoreKey
from injerto.activations.store.store import ActivationStore
from injerto.activations.views import View, plain_views
from injerto.backbones.backbone import Inputs
from injerto.core.progress import Reporter

_SEGMENT_BYTES: Final = 32 << 20
_SEGMENT_SECONDS: Final = 1.0
"""A segment is written at least this often, so that a killed run repeats little more than its last batch."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What is computed, and the entry of the store that it belongs to."""

    key: StoreKey
    part: FrozenPart
    keep: Keep


def run_job(
    job: Job, views: list[View], reporter: Reporter, label: str, *, num_items: int | None = None
) -> Generator[dict[str, Tensor], None, None]:
    """What is kept of each view, by its digest, batch by batch, in the runtime for `num_items`."""
    backbone = job.part.backbone
    ordered = order_views(backbone, views)
    middle = len(ordered) // 2  # Texts are in order of length.

    def sample(number: int) -> Inputs:
        some = plain_views([view.item for view in ordered[middle:][:number]])
        return copy_to(prepare_views(backbone, some), backbone.device())

    with open_runtime(job.part, sample, num_items=num_items or len(views), arithmetic=job.key.arithmetic) as opened:
        reporter.show(opened.choice)
        batches = split_views(ordered, opened.batch_size)
        done = run_batches(opened, backbone, batches, job.keep)
        for batch, values in reporter.track(done, label=label, total=len(batches)):
            # Cloned: a row alone would keep the memory of its whole batch.
            yield {view.digest: value.clone() for view, value in zip(batch, values, strict=True)}


def fill_store(
    store: ActivationStore, key: StoreKey, computed: Iterator[dict[str, Tensor]]
) -> Generator[int, None, None]:
    """Write what is computed, in segments of a size and an age; yields how many examples each batch had."""
    waiting: dict[str, Tensor] = {}
    last_write = time.monotonic()
    for values in computed:
        waiting |= values
        is_due = time.monotonic() - last_write >= _SEGMENT_SECONDS
        if is_due or sum(value.nbytes for value in waiting.values()) >= _SEGMENT_BYTES:
            store.save(key, list(waiting), list(waiting.values()))
            waiting, last_write = {}, time.monotonic()
        yield len(values)
    if waiting:
        store.save(key, list(waiting), list(waiting.values()))
    store.compact(key)
