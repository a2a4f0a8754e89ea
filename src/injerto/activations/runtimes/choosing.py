"""Which runtime a job of frozen layers gets: proved equal on the job's own inputs, least time by what was measured."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final, final

import torch

from injerto.activations.cut.cut import make_smaller
from injerto.activations.cut.frozen_part import FrozenPart
from injerto.activations.runtimes.calibration import (
    Calibration,
    Speed,
    calibration_file,
    is_installed,
    measure_speed,
    read_calibration,
    write_calibration,
)
from injerto.activations.runtimes.runtime import Run, runtimes
from injerto.backbones.backbone import Inputs
from injerto.core.errors import InjertoError
from injerto.core.messages import say
from injerto.core.outcome import RuntimeChoice
from injerto.core.survey import Modality

_COMPARED: Final = {Modality.IMAGE: 2, Modality.TEXT: 4}
"""Examples that runtimes are compared on, and one fewer: every job pays for it, and images have one size."""
_WORTH_A_COPY: Final = 32
"""Images from which on the folded copy of a network pays for being made."""
_WORTH_MEASURING: Final = 256
"""Examples from which on a clock is asked at all."""
_LEAST_SECONDS: Final = 6.0
"""A job that takes less than this tries nothing."""
_SHARE_FOR_TRYING: Final = 0.15
"""Of a job's seconds, how many may go into trying other runtimes."""
_WORTH_A_SECOND_ENGINE: Final = 90.0
"""Seconds of a job in the first engine that gains, from which on a second one is tried too."""
_LEAST_GAIN: Final = 1.1
"""Less than this is noise of the clock, and PyTorch stays."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A runtime at work: how to run a batch, in how many lanes, and why it was taken."""

    run: Run
    choice: RuntimeChoice
    batch_size: int
    """Examples of a batch: as few as cost no speed, since every lane holds the activations of one."""


@final
@dataclass(frozen=True, order=True, slots=True)
class _Way:
    """A runtime in so many lanes."""

    runtime: str
    lanes: int = 1

    @property
    def title(self) -> str:
        return runtimes.get(self.runtime).title


@contextmanager
def open_runtime(part: FrozenPart, sample: Callable[[int], Inputs], *, num_items: int) -> Iterator[Opened]:
    """The runtime for `num_items` examples.

    Few examples get PyTorch without a question, and so does everything on a device for which there is nothing else.

    Args:
        part: what is to run.
        sample: gives so many of the job's own examples, prepared and on the part's device.
        num_items: examples of the job.
    """
    is_image = part.backbone.modality is Modality.IMAGE
    device = part.backbone.device().type
    worth_a_copy = is_image and num_items >= _WORTH_A_COPY and device in runtimes.get("folded").devices
    plain = _Way("folded" if worth_a_copy else "eager")
    with torch.no_grad(), ExitStack() as stack:
        calibration = Calibration()
        if not any(device in runtimes.get(name).devices for name in runtimes.names() if name != "eager"):
            way, reason = plain, say("runtime.device")
        elif num_items < _WORTH_MEASURING:
            way, reason = plain, say("runtime.few", number=num_items)
        else:
            way, reason, calibration = _choose(part, sample(_batch_size(part, 1)), plain, num_items)
        try:
            run, difference = _open(stack, part, way, sample)
            refusal = say("runtime.differs", runtime=way.title, difference=f"{difference:.0e}")
        except InjertoError:
            raise  # An example that cannot be read.
        except Exception as error:
            # As in `_measured`: what worked when it was measured may be broken by now.
            run, refusal = None, say("runtime.broken", runtime=way.title, reason=_first_line(error))
        if run is None:
            way, difference, reason = _Way("eager"), 0.0, refusal
            run = stack.enter_context(runtimes.get("eager")().open(part, {}, lanes=1))
        choice = RuntimeChoice(
            point=part.at or "output",
            runtime=way.runtime,
            title=way.title,
            lanes=way.lanes,
            num_items=num_items,
            difference=difference,
            reason=reason,
            items_per_second={
                f"{speed.runtime} x{speed.lanes}": round(speed.items_per_second, 1) for speed in calibration.speeds
            },
            failed=calibration.failed,
        )
        yield Opened(run=run, choice=choice, batch_size=_batch_size(part, way.lanes))


def _choose(part: FrozenPart, batch: Inputs, plain: _Way, num_items: int) -> tuple[_Way, str, Calibration]:
    """The way of least time, by what is remembered of this architecture; what is missing is measured first."""
    file = calibration_file(part, batch)
    before = calibration = read_calibration(file)
    calibration = _measured(calibration, part, batch, plain)
    if calibration.find(plain.runtime, plain.lanes) is None:
        plain = _Way("eager")
        calibration = _measured(calibration, part, batch, plain)
    known = calibration.find(plain.runtime, plain.lanes)
    assert known is not None  # PyTorch as it stands always runs.
    is_long = known.seconds(num_items) >= _LEAST_SECONDS
    if is_long and num_items > 2 * calibration.tried_for:
        deadline = time.perf_counter() + _SHARE_FOR_TRYING * known.seconds(num_items)
        for way in _candidates(plain, known.seconds(num_items), part.backbone.device().type):
            if time.perf_counter() < deadline and not _is_good_enough(calibration, plain, way, num_items):
                calibration = _measured(calibration, part, batch, way)
        calibration = calibration.model_copy(update={"tried_for": num_items})
    if calibration != before:
        write_calibration(file, calibration)
    if not is_long:
        return plain, say("runtime.short", seconds=f"{known.seconds(num_items):.1f}"), calibration
    usable = [speed for speed in calibration.speeds if is_installed(runtimes.get(speed.runtime))]
    best = min(usable, key=lambda speed: (speed.seconds(num_items), speed.runtime, speed.lanes))
    gain = known.seconds(num_items) / best.seconds(num_items)
    if gain < _LEAST_GAIN:
        return plain, say("runtime.plain-is-best"), calibration
    return _Way(best.runtime, best.lanes), say("runtime.quickest", gain=f"{gain:.1f}", plain=plain.title), calibration


def _is_good_enough(calibration: Calibration, plain: _Way, way: _Way, num_items: int) -> bool:
    """Whether another engine is known that gains, and the job too short for what a second one may gain on it.

    ONNX Runtime and OpenVINO are within a tenth of each other on convolutional networks, and starting one takes
    seconds and 100 MB.
    """
    known = calibration.find(plain.runtime, plain.lanes)
    others = [speed for speed in calibration.speeds if speed.runtime not in (way.runtime, plain.runtime, "eager")]
    if known is None or not others:
        return False
    best = min(speed.seconds(num_items) for speed in others)
    return best < _WORTH_A_SECOND_ENGINE and known.seconds(num_items) / best >= _LEAST_GAIN


def _candidates(plain: _Way, seconds: float, device: str) -> Iterator[_Way]:
    """Ways worth trying for a job that plain PyTorch does in so many seconds, the most promising first."""
    threads = torch.get_num_threads() if device == "cpu" else 1
    for name in sorted(runtimes.names(), key=lambda name: runtimes.get(name).rank):
        kind = runtimes.get(name)
        if (
            name == "eager" != plain.runtime
            or device not in kind.devices
            or not is_installed(kind)
            or _SHARE_FOR_TRYING * seconds < kind.typical_setup
        ):
            continue
        for lanes in {threads} if kind.only_in_lanes else sorted({1, threads}):
            yield _Way(name, lanes)


def _measured(calibration: Calibration, part: FrozenPart, batch: Inputs, way: _Way) -> Calibration:
    """With the speed of a runtime, or with the reason why it cannot be used."""
    if calibration.knows(way.runtime, way.lanes):
        return calibration
    start = time.perf_counter()
    try:
        with ExitStack() as stack:
            run, difference = _open(stack, part, way, lambda number: _first(batch, number))
            setup = time.perf_counter() - start
            if run is None:
                return calibration.without(way.runtime, say("runtime.too-different", difference=f"{difference:.0e}"))
            size = _batch_size(part, way.lanes)
            speed = measure_speed(run, _first(batch, size), lanes=way.lanes)
    except Exception as error:
        # Converters raise anything for a network they do not know. It is written down, and PyTorch stays.
        if way.runtime == "eager":
            raise
        return calibration.without(way.runtime, _first_line(error))
    return calibration.plus(Speed(runtime=way.runtime, lanes=way.lanes, setup_seconds=setup, items_per_second=speed))


def _open(stack: ExitStack, part: FrozenPart, way: _Way, sample: Callable[[int], Inputs]) -> tuple[Run | None, float]:
    """The runtime, None where it gives other numbers than PyTorch; and the largest difference in two batch sizes."""
    kind = runtimes.get(way.runtime)()
    if way.runtime == "eager":
        return stack.enter_context(kind.open(part, {}, lanes=way.lanes)), 0.0
    few = sample(_COMPARED[part.backbone.modality])
    run = stack.enter_context(kind.open(part, few, lanes=way.lanes))
    differences = []
    for inputs in (few, make_smaller(few)):
        with part.ready():
            expected = part(inputs)
        found = run(inputs)
        if found.shape != expected.shape:
            return None, math.inf
        scale = expected.abs().max().clamp_min(torch.finfo(torch.float32).tiny)
        differences.append(float((found - expected).abs().max() / scale))
    # Written so that what is not a number is not trusted either.
    return (run if all(value <= kind.tolerance for value in differences) else None), max(differences)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:200]}"


def _batch_size(part: FrozenPart, lanes: int) -> int:
    """Measured on two cores at 224 px: more images make nothing quicker, and fewer than 16 slow PyTorch down."""
    if part.backbone.device().type != "cpu":
        return 64
    if part.backbone.modality is not Modality.IMAGE:
        return 32
    return 8 if lanes > 1 else 16


def _first(batch: Inputs, number: int) -> Inputs:
    return {name: value[:number] for name, value in batch.items()}
