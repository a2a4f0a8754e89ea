"""Predicted and real seconds of what ran on this machine, in a file that only grows and that predictions learn from."""

import math
import os
import platform
from pathlib import Path
from typing import Final, final

import torch
from filelock import FileLock
from pydantic import Field, ValidationError

from injerto.core.hashing import digest_json
from injerto.core.paths import injerto_home
from injerto.core.record import Record

_FILE: Final = "costs.jsonl"
_MOST_BYTES: Final = 1 << 20
"""The end of the file that is read: some thousand lines, the newest."""
_LAW: Final = 2
"""Raised when `prediction.py` counts otherwise: ratios to what was counted before say nothing then."""
_PRIOR_WEIGHT: Final = 1.0
"""How many records of just this size a default is worth."""


class CostRecord(Record):
    """One thing that ran to its end."""

    machine: str = Field(description="digest of processor, threads, device and version of torch")
    what: str = Field(description="`pass` and `scoring` over all candidates, or the strategy of a trial")
    backbone: str = ""
    num_train: int = Field(ge=1)
    num_classes: int = Field(ge=1)
    basis_seconds: float = Field(gt=0, description="by operations and timed batches, before anything was learnt")
    predicted_seconds: float = Field(gt=0)
    seconds: float = Field(gt=0)
    when: float = Field(0.0, description="seconds since 1970, for people")


def identify_machine(device: str) -> str:
    """A short digest of everything that speed depends on and that does not change between runs, and of the law."""
    accelerator = torch.cuda.get_device_name(device) if device.startswith("cuda") else device
    cpu = [platform.machine(), platform.processor(), torch.backends.cpu.get_cpu_capability(), torch.get_num_threads()]
    return digest_json([cpu, accelerator, torch.__version__, _LAW])[:16]


@final
class CostLog:
    """The log under the injerto home. Many processes may write it at once: each line is written whole, under a lock."""

    def __init__(self, machine: str, path: Path | None = None) -> None:
        self.machine = machine
        self._path = path or injerto_home() / _FILE
        self._records = [record for record in _read(self._path) if record.machine == machine]

    def note(self, record: CostRecord) -> None:
        """Add a line. A log that cannot be written is not worth failing for: nothing but predictions needs it."""
        self._records.append(record)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock"), timeout=5):
                descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
                try:
                    os.write(descriptor, (record.model_dump_json() + "\n").encode())
                finally:
                    os.close(descriptor)
        except (OSError, TimeoutError):
            return

    def estimate_ratio(self, what: str, *, num_train: int, num_classes: int, default: float) -> float:
        """Real seconds over basis seconds to expect: the geometric mean of what is logged, near sizes weighing more.

        A record's weight falls by a factor of e^(-1/2) for each factor of e in examples or classes, and `default`
        counts as one record of just this size.
        """
        total, weights = _PRIOR_WEIGHT * math.log(default), _PRIOR_WEIGHT
        for record in self._records:
            if record.what == what:
                apart = math.log(record.num_train / num_train) ** 2 + math.log(record.num_classes / num_classes) ** 2
                weight = math.exp(-apart / 2)
                total += weight * math.log(record.seconds / record.basis_seconds)
                weights += weight
        return math.exp(total / weights)


def _read(path: Path) -> list[CostRecord]:
    """The last records; a line that was cut off or belongs to another version is passed over."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - _MOST_BYTES))
            lines = stream.read().splitlines()
    except OSError:
        return []
    records = []
    for line in lines:
        try:
            records.append(CostRecord.from_json(line))
        except ValidationError:
            continue
    return records
