"""What every benchmark does with its rows: print them as they come, and write them with machine and versions."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from statistics import median

import torch

_PACKAGES = ("injerto", "torch", "timm", "transformers", "numpy", "scikit-learn")


def machine() -> dict[str, object]:
    """What the figures depend on beside the code."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": torch.get_num_threads(),
        "cuda": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PACKAGES},
    }


class Report:
    """Rows of one benchmark. With `out`, the file holds all rows so far after each; `resumed` begins with them."""

    def __init__(self, name: str, columns: tuple[str, ...], out: Path | None, *, resumed: bool = False) -> None:
        self._name, self._columns, self._out = name, columns, out
        self._rows: list[dict[str, object]] = []
        print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns), flush=True)

        if resumed and out is not None and out.is_file():
            for row in json.loads(out.read_text(encoding="utf-8"))["rows"]:
                self.add(**row)

    def has(self, name: dict[str, object]) -> bool:
        """Whether there is a row with these values."""
        return any(name.items() <= row.items() for row in self._rows)

    def find(self, name: dict[str, object]) -> dict[str, object]:
        """The first row with these values."""
        return next(row for row in self._rows if name.items() <= row.items())

    def add(self, **row: object) -> None:
        """Print one row in the order of the columns, and keep it."""
        self._rows.append(row)
        print("| " + " | ".join(_shown(row.get(column)) for column in self._columns) + " |", flush=True)
        if self._out is not None:
            content = {"benchmark": self._name, "machine": machine(), "rows": self._rows}
            self._out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def middle(values: list[float]) -> float:
    """The median: one slow turn on a shared machine does not move it."""
    return median(values)


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()
