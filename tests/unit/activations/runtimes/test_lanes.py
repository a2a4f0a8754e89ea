import threading
import time

import pytest
import torch

from injerto.activations.runtimes.lanes import run_in_lanes


def test_batches_come_in_order_whatever_takes_longer() -> None:
    def work(number: int) -> int:
        time.sleep(0.02 * (number % 3 == 0))
        return number * 10

    assert list(run_in_lanes(work, range(10), lanes=3)) == [(n, n * 10) for n in range(10)]
    assert list(run_in_lanes(work, [], lanes=2)) == []


def test_lanes_work_at_the_same_time_without_gradients_on_one_thread_each() -> None:
    meeting = threading.Barrier(2, timeout=20)

    def work(_: int) -> tuple[bool, int]:
        meeting.wait()
        return torch.is_grad_enabled(), torch.get_num_threads()

    before = torch.get_num_threads()
    assert [found for _, found in run_in_lanes(work, range(4), lanes=2)] == [(False, 1)] * 4
    assert torch.get_num_threads() == before


def test_no_more_is_begun_than_lanes_can_hold() -> None:
    begun: list[int] = []
    batches = run_in_lanes(lambda number: begun.append(number), range(100), lanes=2)
    next(batches)
    time.sleep(0.05)
    assert len(begun) <= 3
    batches.close()  # type: ignore[attr-defined]
    assert len(begun) <= 3


def test_an_error_comes_where_its_batch_would() -> None:
    batches = run_in_lanes(lambda number: 1 / number, [1, 0, 2], lanes=2)
    assert next(batches) == (1, 1.0)
    with pytest.raises(ZeroDivisionError):
        next(batches)
