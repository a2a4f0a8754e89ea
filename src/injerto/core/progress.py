"""How long work speaks while it runs: rooms report to a `Reporter`, and only the command line draws."""

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar, final

from injerto.core.record import Record

T = TypeVar("T")
Kept = TypeVar("Kept", bound=Record)


class Reporter(Protocol):
    """What a long call tells its caller. Every method may be a no-op; none may change the work."""

    def track(self, items: Iterable[T], *, label: str, total: int) -> Iterator[T]:
        """Yield `items`, showing how many of `total` are done and the time left."""
        ...

    def note(self, key: str, /, **values: object) -> None:
        """One sentence of the message catalogue: a choice made, an item skipped."""
        ...

    def show(self, record: Record) -> None:
        """A finished part of the result: the survey, the plan, an epoch."""
        ...


@final
class Collecting(Generic[Kept]):
    """Passes everything on, and keeps the records of one kind."""

    def __init__(self, reporter: Reporter, kind: type[Kept]) -> None:
        self._reporter = reporter
        self._kind = kind
        self.found: list[Kept] = []

    def track(self, items: Iterable[T], *, label: str, total: int) -> Iterator[T]:
        return self._reporter.track(items, label=label, total=total)

    def note(self, key: str, /, **values: object) -> None:
        self._reporter.note(key, **values)

    def show(self, record: Record) -> None:
        if isinstance(record, self._kind):
            self.found.append(record)
        self._reporter.show(record)


@final
class Untracked:
    """Passes notes and records on, and no progress: for a part of work whose whole is tracked."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def track(self, items: Iterable[T], *, label: str, total: int) -> Iterator[T]:
        yield from items

    def note(self, key: str, /, **values: object) -> None:
        self._reporter.note(key, **values)

    def show(self, record: Record) -> None:
        self._reporter.show(record)


@final
class Silent:
    """The default reporter: says nothing."""

    def track(self, items: Iterable[T], *, label: str, total: int) -> Iterator[T]:
        yield from items

    def note(self, key: str, /, **values: object) -> None:
        pass

    def show(self, record: Record) -> None:
        pass
