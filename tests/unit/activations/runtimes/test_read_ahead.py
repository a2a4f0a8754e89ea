import threading

import pytest

from injerto.activations.runtimes.read_ahead import read_ahead


@pytest.mark.parametrize("ahead", [1, 2, 5])
def test_batches_come_in_order_with_what_was_prepared(ahead: int) -> None:
    assert list(read_ahead(lambda batch: batch * 10, [1, 2, 3], ahead=ahead)) == [(1, 10), (2, 20), (3, 30)]
    assert list(read_ahead(lambda batch: batch, [], ahead=ahead)) == []


def test_no_more_than_asked_are_prepared_ahead() -> None:
    asked: list[int] = []
    batches = read_ahead(lambda batch: batch, (asked.append(n) or n for n in range(10)), ahead=2)
    assert next(batches) == (0, 0)
    assert asked == [0, 1, 2]
    assert [batch for batch, _ in batches] == list(range(1, 10))


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
