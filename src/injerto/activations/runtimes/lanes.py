"""Batches in lanes: each is read, prepared and run on one thread, several at a time, and comes out in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

S = TypeVar("S")
T = TypeVar("T")


def run_in_lanes(work: Callable[[S], T], batches: Iterable[S], *, lanes: int) -> Iterator[tuple[S, T]]:
    """Each batch with what `work` makes of it, in order; at most one more than `lanes` are under way or waiting.

    `work` runs without gradients and with one PyTorch thread. Its errors come where its batch would have come.
    """
    num_threads = torch.get_num_threads()
    waiting: deque[tuple[S, Future[T]]] = deque()
    pool = ThreadPoolExecutor(
        lanes, thread_name_prefix="injerto-lane", initializer=torch.set_num_threads, initargs=(1,)
    )
    try:
        for batch in batches:
            waiting.append((batch, pool.submit(torch.no_grad()(work), batch)))
            if len(waiting) > lanes:
                first, result = waiting.popleft()
                yield first, result.result()
        for first, result in waiting:
            yield first, result.result()
    finally:
        pool.shutdown(cancel_futures=True)
        # A lane's one thread is also what later threads of this process would start with.
        torch.set_num_threads(num_threads)
