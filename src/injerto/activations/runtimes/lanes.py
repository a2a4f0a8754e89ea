"""Batches in lanes: each is read, prepared and run on one thread, several at a time, and comes out in order."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from injerto.activations.runtimes.read_ahead import work_ahead

S = TypeVar("S")
T = TypeVar("T")


def run_in_lanes(work: Callable[[S], T], batches: Iterable[S], *, lanes: int) -> Iterator[tuple[S, T]]:
    """Each batch with what `work` makes of it, in order; at most one more than `lanes` are under way or waiting.

    `work` runs without gradients and with one PyTorch thread. Its errors come where its batch would have come.
    """
    num_threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(
        lanes, thread_name_prefix="injerto-lane", initializer=torch.set_num_threads, initargs=(1,)
    )
    try:
        yield from work_ahead(pool, torch.no_grad()(work), batches, ahead=lanes)
    finally:
        # A lane's one thread is also what later threads of this process would start with.
        torch.set_num_threads(num_threads)
