"""The next batch is read and decoded while the network works on this one."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")


def read_ahead(prepare: Callable[[S], T], batches: Iterable[S]) -> Iterator[tuple[S, T]]:
    """Each batch with what `prepare` makes of it, in order, one prepared ahead; errors come where they belong."""
    with ThreadPoolExecutor(1, thread_name_prefix="injerto-read-ahead") as pool:
        waiting: tuple[S, Future[T]] | None = None
        for batch in batches:
            submitted = batch, pool.submit(prepare, batch)
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = submitted
        if waiting is not None:
            yield waiting[0], waiting[1].result()
