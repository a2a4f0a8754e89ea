"""The next batches are read and decoded while the network works on this one."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")


def read_ahead(prepare: Callable[[S], T], batches: Iterable[S], *, ahead: int = 1) -> Iterator[tuple[S, T]]:
    """Each batch with what `prepare` makes of it, in order, `ahead` of them prepared at a time, each in a thread.

    Errors come where their batch would have come.
    """
    yield from work_ahead(
        ThreadPoolExecutor(ahead, thread_name_prefix="injerto-read-ahead"), prepare, batches, ahead=ahead
    )


def work_ahead(
    pool: ThreadPoolExecutor, work: Callable[[S], T], batches: Iterable[S], *, ahead: int
) -> Iterator[tuple[S, T]]:
    """Each batch with what `work` makes of it in a pool that ends with it; `ahead` and one more are under way."""
    waiting: deque[tuple[S, Future[T]]] = deque()
    try:
        for batch in batches:
            waiting.append((batch, pool.submit(work, batch)))
            if len(waiting) > ahead:
                first, result = waiting.popleft()
                yield first, result.result()
        for first, result in waiting:
            yield first, result.result()
    finally:
        # Whoever stops in the middle waits for what is under way, and for nothing else.
        pool.shutdown(cancel_futures=True)
