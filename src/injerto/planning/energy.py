"""Energy: counters of the processor where they can be read, else the watts that the user gives, else nothing."""

import time
from pathlib import Path
from typing import Final, final

from injerto.core.search import Power

_RAPL: Final = Path("/sys/class/powercap")
_JOULES_IN_WH: Final = 3600.0


@final
class EnergyMeter:
    """Watt-hours of the processor packages since it was made, everything else that runs on them included.

    Linux gives RAPL counters of Intel and AMD processors, often to the administrator alone, and virtual machines have
    none; graphics cards are not in them. A figure is never made up: without counters only `watts` times seconds is
    said, and without `watts` nothing.

    Args:
        watts: what the user says that the machine draws under load; used only where no counter can be read.
        root: where the system keeps its counters.
    """

    def __init__(self, watts: float | None = None, *, root: Path = _RAPL) -> None:
        self._packages = [folder for folder in sorted(root.glob("*-rapl:*")) if folder.name.count(":") == 1]
        self._last = self._read()
        self._joules = 0.0
        self._given = watts
        self._start = time.monotonic()

    def read_watts(self) -> float | None:
        """Mean power since the start, or the given figure; None where there is neither.

        Call it at least once in half an hour: a counter that has run over twice is read wrongly.
        """
        if self._last is None:
            return self._given
        self._count()
        return self._joules / max(1e-9, time.monotonic() - self._start)

    def describe(self) -> Power:
        """The source of all figures, and what was measured until now."""
        watts = self.read_watts()
        if self._last is not None:
            return Power(source="rapl", watts=watts, measured_wh=self._joules / _JOULES_IN_WH)
        return Power(source="none" if watts is None else "given", watts=watts)

    def _count(self) -> None:
        now = self._read()
        if now is None or self._last is None:
            return
        for (before, _), (after, most) in zip(self._last, now, strict=True):
            # The counter starts again from nothing when it has reached its largest value.
            self._joules += (after - before if after >= before else after + most - before) / 1e6
        self._last = now

    def _read(self) -> list[tuple[int, int]] | None:
        """Microjoules and their largest value, package by package; None where any cannot be read."""
        try:
            return [
                (int((folder / "energy_uj").read_text()), int((folder / "max_energy_range_uj").read_text()))
                for folder in self._packages
            ] or None
        except (OSError, ValueError):
            return None


def to_wh(seconds: float, watts: float | None) -> float | None:
    """Watt-hours of so many seconds at so much power; None where power is not known."""
    return None if watts is None else seconds * watts / _JOULES_IN_WH
