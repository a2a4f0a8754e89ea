"""A reporter that ends what it tracks when the budget is over."""

from collections.abc import Iterable, Iterator
from typing import TypeVar, final

from injerto.core.progress import Reporter
from injerto.core.record import Record
from injerto.planning.budget import Budget

T = TypeVar("T")


@final
class Stopping:
    """Passes everything on, and ends what is tracked when the budget is over."""

    def __init__(self, reporter: Reporter, budget: Budget) -> None:
        self._reporter = reporter
        self._budget = budget

    def track(self, items: Iterable[T], *, label: str, total: int) -> Iterator[T]:
        for item in self._reporter.track(items, label=label, total=total):
            yield item
            self._budget.check()

    def note(self, key: str, /, **values: object) -> None:
        self._reporter.note(key, **values)

    def show(self, record: Record) -> None:
        self._reporter.show(record)
