"""Every image is decoded once before training, by a few threads, to find those that cannot be."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.progress import Reporter
from injerto.data.draft import Draft, Fault
from injerto.data.items import AbstractImageItem, AbstractItem

_BATCH: Final = 64
_MAX_THREADS: Final = 8


def check_images(draft: Draft, *, stop: bool, reporter: Reporter) -> None:
    """Move the examples whose image cannot be decoded to the faults, and note what conversions were needed.

    Args:
        draft: changed in place.
        stop: raise at the first fault instead.
        reporter: told of the progress.
    """
    items = [example.item for example in draft.examples]
    usable = []
    conversions: Counter[str] = Counter()
    outcomes = reporter.track(_decode_all(items), label=say("data.checking.images"), total=len(items))
    for example, outcome in zip(draft.examples, outcomes, strict=True):
        if isinstance(outcome, DataError):
            if stop:
                raise outcome
            draft.faults.append(Fault(error=outcome, where=example.where, labels=example.labels))
        else:
            usable.append(example)
            conversions.update(outcome)
    draft.examples = usable
    draft.notes += [
        say("data.note.images-converted", count=count, what=what) for what, count in sorted(conversions.items())
    ]


def _decode_all(items: Sequence[AbstractItem]) -> Iterator[tuple[str, ...] | DataError]:
    """Notes or the error of each item, in order; a few decoded images are in memory at a time."""
    with ThreadPoolExecutor(min(_MAX_THREADS, os.cpu_count() or 1), thread_name_prefix="injerto-decode") as pool:
        for start in range(0, len(items), _BATCH):
            yield from pool.map(_decode, items[start : start + _BATCH])


def _decode(item: AbstractItem) -> tuple[str, ...] | DataError:
    assert isinstance(item, AbstractImageItem)
    try:
        return item.decode(at_least=0).notes  # Every byte is read at any size.
    except DataError as error:
        return error
