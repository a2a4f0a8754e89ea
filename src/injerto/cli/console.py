"""Where text goes: results on standard output, talk on standard error, and one JSON document when asked."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar, final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from injerto.cli.rendering.record import render
from injerto.cli.rendering.tables import sentence
from injerto.core.messages import say
from injerto.core.record import Record

T = TypeVar("T")

_WIDTH_WITHOUT_TERMINAL = 80
_SECONDS_BETWEEN_LINES = 5.0


def make_console(*, stderr: bool = False) -> Console:
    """A console that takes no text for markup; 80 columns where there is no terminal to ask."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


@final
class ConsoleReporter:
    """Shows progress on standard error, and finished parts on standard output unless that belongs to JSON."""

    def __init__(self, *, as_json: bool = False) -> None:
        self._talk = make_console(stderr=True)
        self._parts = self._talk if as_json else make_console()

    def track(self, items: Iterable[T], *, label: str, total: int) -> Iterator[T]:
        if not self._talk.is_terminal:
            yield from self._track_by_lines(items, label, total)
            return
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
        )
        with Progress(*columns, console=self._talk, transient=True) as progress:
            task = progress.add_task(label, total=total)
            for item in items:
                yield item
                progress.advance(task)

    def note(self, key: str, /, **values: object) -> None:
        self._talk.print(sentence(say(key, **values)), style="yellow")

    def show(self, record: Record) -> None:
        for part in render(record):
            self._parts.print(part)

    def _track_by_lines(self, items: Iterable[T], label: str, total: int) -> Iterator[T]:
        start = last = time.monotonic()
        for done, item in enumerate(items, 1):
            yield item
            now = time.monotonic()
            if now - last >= _SECONDS_BETWEEN_LINES and done < total:
                left = (now - start) / done * (total - done)
                self._talk.print(f"  {say('progress.line', label=label, done=done, total=total, left=f'{left:.0f}')}")
                last = now
