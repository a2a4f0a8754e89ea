import threading

import pytest

from injerto.activations.runtimes.read_ahead import read_ahead


def test_batches_come_in_order_with_what_was_prepared() -> None:
    assert list(read_ahead(lambda batch: batch * 10, [1, 2, 3])) == [(1, 10), (2, 20), (3, 30)]
    assert list(read_ahead(lambda batch: batch, [])) == []


def test_the_next_batch_is_prepared_while_this_one_is_used() -> None:
    second = threading.Event()

    def prepare(batch: int) -> int:
        if batch == 2:
            second.set()
        return batch

    batches = read_ahead(prepare, [1, 2])
    assert next(batches) == (1, 1)
    assert second.wait(timeout=5)
    assert list(batches) == [(2, 2)]


def test_an_error_comes_where_its_batch_would() -> None:
    def prepare(batch: int) -> float:
        return 1 / batch

    batches = read_ahead(prepare, [1, 0, 2])
    assert next(batches) == (1, 1.0)
    with pytest.raises(ZeroDivisionError):
        next(batches)
