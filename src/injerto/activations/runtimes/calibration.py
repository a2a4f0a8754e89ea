"""How quick each runtime was on this machine, remembered by architecture so that a choice does not change by itself."""

import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import torch
from pydantic import Field, ValidationError

from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.lanes import run_in_lanes
from injerto.activations.runtimes.runtime import AbstractRuntime, Run, runtimes
from injerto.backbones.backbone import Inputs
from injerto.core.arithmetic import Arithmetic
from injerto.core.atomic import write_file
from injerto.core.hashing import digest_json
from injerto.core.paths import injerto_home
from injerto.core.record import Record

_FORMAT: Final = 3
_FOLDER: Final = "runtimes"
_SECONDS: Final = 0.2
"""How long a round of timing takes at least."""


class Speed(Record):
    """One runtime in so many lanes."""

    runtime: str
    lanes: int = Field(ge=1)
    setup_seconds: float = Field(ge=0)
    items_per_second: float = Field(gt=0)

    def seconds(self, num_items: int) -> float:
        """What a job takes, setup included."""
        return self.setup_seconds + num_items / self.items_per_second


class Calibration(Record):
    """Everything measured for one architecture, on one kind of machine, by one set of versions."""

    speeds: tuple[Speed, ...] = ()
    failed: dict[str, str] = Field(default_factory=dict, description="runtimes that cannot be used, and why")
    tried_for: int = Field(0, ge=0, description="examples of the longest job that tried runtimes")

    def knows(self, runtime: str, lanes: int) -> bool:
        """Whether there is nothing to be measured."""
        return runtime in self.failed or self.find(runtime, lanes) is not None

    def find(self, runtime: str, lanes: int) -> Speed | None:
        """What was measured of a runtime in so many lanes."""
        return next((speed for speed in self.speeds if (speed.runtime, speed.lanes) == (runtime, lanes)), None)

    def plus(self, speed: Speed) -> "Calibration":
        """With one more measurement."""
        return self.model_copy(update={"speeds": (*self.speeds, speed)})

    def without(self, runtime: str, reason: str) -> "Calibration":
        """With a runtime known not to work."""
        return self.model_copy(update={"failed": {**self.failed, runtime: reason}})


def calibration_file(part: FrozenPart, sample: Inputs, *, arithmetic: Arithmetic) -> Path:
    """Where the calibration of an architecture is kept; weights play no part in it."""
    state = part.backbone.network.state_dict()
    identity = [
        [_FORMAT, arithmetic],
        [[name, list(value.shape), str(value.dtype)] for name, value in sorted(state.items())],
        [part.at, part.pool],
        {name: list(value.shape[1:]) if value.ndim == 4 else "tokens" for name, value in sample.items()},
        [platform.machine(), platform.processor(), torch.backends.cpu.get_cpu_capability(), torch.get_num_threads()],
        torch.cuda.get_device_name(device) if (device := part.backbone.device()).type == "cuda" else device.type,
        {name: version_of(name) for name in ("torch", *_packages())},
    ]
    return injerto_home() / _FOLDER / f"{digest_json(identity)[:40]}.json"


def read_calibration(file: Path) -> Calibration:
    """What is remembered; nothing where the file is missing or broken, so that it is measured again."""
    try:
        return Calibration.from_json(file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return Calibration()


def write_calibration(file: Path, calibration: Calibration) -> None:
    """Remember it, whole or not at all."""
    write_file(file, calibration.to_json())


def measure_speed(run: Run, batch: Inputs, *, lanes: int) -> float:
    """Examples a second in the better of two rounds: others only slow it down.

    A first one of a single batch tells how long a round has to be; where one batch is long enough, it is a round.
    """
    first = next(iter(batch.values()))
    size, device = len(first), first.device

    def rounds(number: int) -> float:
        start = time.perf_counter()
        if lanes == 1:
            for _ in range(number):
                run(batch)
        else:
            list(run_in_lanes(run, [batch] * (number * lanes), lanes=lanes))
        if device.type == "cuda":  # Which answers before it is done.
            torch.cuda.synchronize(device)
        return time.perf_counter() - start

    once = rounds(1)
    number = max(1, round(_SECONDS / once))
    best = min(once, rounds(1)) if number == 1 else min(rounds(number), rounds(number))
    return number * lanes * size / best


def is_installed(runtime: type[AbstractRuntime]) -> bool:
    """Whether the packages it needs are there."""
    return all(version_of(name) is not None for name in runtime.packages)


def version_of(package: str) -> str | None:
    """Version of an installed distribution."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _packages() -> list[str]:
    return sorted({package for name in runtimes.names() for package in runtimes.get(name).packages})
