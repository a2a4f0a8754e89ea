"""Time that a search may take: how it is written, and how much of it is left."""

import re
import time
from typing import Final, final

from injerto.core.errors import UsageError

_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}
_WRITTEN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([smh])")


def parse_budget(text: str) -> float:
    """Seconds of `90s`, `10m` or `1.5h`; raises `UsageError` for anything else.

    >>> parse_budget("10m"), parse_budget("1.5h")
    (600.0, 5400.0)
    """
    match = _WRITTEN.fullmatch(text.strip().lower())
    if match is None or float(match[1]) == 0:
        raise UsageError("budget-form", found=text)
    return float(match[1]) * _UNITS[match[2]]


class OutOfTimeError(Exception):
    """The budget ended while something ran; whoever holds the budget catches it, and no user sees it."""


@final
class Budget:
    """A clock that runs from when it is made. Without `seconds` there is always time."""

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = seconds
        self._start = time.monotonic()

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    @property
    def left(self) -> float:
        """Seconds that remain, never less than none; infinite without a deadline."""
        return float("inf") if self.seconds is None else max(0.0, self.seconds - self.spent)

    def check(self) -> None:
        """Raise `OutOfTimeError` once nothing is left; called between batches and epochs."""
        if self.left == 0:
            raise OutOfTimeError
