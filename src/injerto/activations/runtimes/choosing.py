"""Which runtime a job of frozen layers gets: proved equal on the job's own inputs, least time by what was measured."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final, final

import torch
from torch import Tensor

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
from injerto.activations.runtimes.fitting import FittingRun
from injerto.activations.runtimes.full_float32 import in_full_float32
from injerto.activations.runtimes.runtime import Run, runtimes
from injerto.backbones.backbone import Inputs
from injerto.core.arithmetic import Arithmetic, allows
from injerto.core.errors import InjertoError
from injerto.core.messages import say
from injerto.core.outcome import RuntimeChoice
from injerto.core.process_memory import give_back
from injerto.core.survey import Modality

_COMPARED: Final = {Modality.IMAGE: 2, Modality.TEXT: 4, Modality.AUDIO: 4}
"""Examples that runtimes are compared on, and one fewer: every job pays for it, and images have one size."""
_WORTH_A_COPY: Final = 32
"""Images from which on the folded copy of a network pays for being made."""
_WORTH_MEASURING: Final = 256
"""Examples from which on a clock is asked at all."""
_LEAST_SECONDS: Final = {"cpu": 6.0, "cuda": 2.0}
"""A job that takes less than this tries nothing. Half precision is made in a third of a second."""
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


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class _Expected:
    """What PyTorch gives on a few of the job's own examples, in two batch sizes; computed once for all runtimes."""

    part: FrozenPart
    sample: Callable[[int], Inputs]
    known: dict[int, tuple[tuple[Inputs, Tensor], ...]] = field(default_factory=dict)

    def of(self, number: int) -> tuple[tuple[Inputs, Tensor], ...]:
        """Inputs of so many examples and what they give, then of one fewer."""
        if number not in self.known:
            few = self.sample(number)
            run = in_full_float32(self.part, self.part.backbone.device())
            with self.part.ready():
                self.known[number] = tuple((inputs, run(inputs)) for inputs in (few, make_smaller(few)))
        return self.known[number]


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """A runtime that was measured and stays open, since it may be the one that is taken."""

    way: _Way
    stack: ExitStack
    run: Run
    difference: float


@contextmanager
def open_runtime(
    part: FrozenPart, sample: Callable[[int], Inputs], *, num_items: int, arithmetic: Arithmetic = "close"
) -> Iterator[Opened]:
    """The runtime for `num_items` examples.

    Few examples get PyTorch without a question, and so does everything on a device for which there is nothing else.

    Args:
        part: what is to run.
        sample: gives so many of the job's own examples, prepared and on the part's device.
        num_items: examples of the job.
        arithmetic: how coarsely it may be computed.
    """
    is_image = part.backbone.modality is Modality.IMAGE
    device = part.backbone.device().type
    worth_a_copy = is_image and num_items >= _WORTH_A_COPY and device in runtimes.get("folded").devices
    plain = _Way("folded" if worth_a_copy else "eager")
    calibration, refused = Calibration(), dict[str, str]()
    expected = _Expected(part=part, sample=sample)
    with torch.no_grad(), ExitStack() as stack:
        ways, kept = [plain], None
        if not any(device in runtimes.get(name).devices for name in runtimes.names() if name != "eager"):
            reason = say("runtime.device")
        elif part.backbone.modality is Modality.AUDIO:
            reason = say("runtime.recordings")
        elif num_items < _WORTH_MEASURING:
            reason = say("runtime.few", number=num_items)
        else:
            batch = sample(_batch_size(part, 1))
            choosing = _Choosing(part=part, batch=batch, num_items=num_items, arithmetic=arithmetic, expected=expected)
            stack.callback(choosing.drop)
            ways, reason = choosing.choose(plain)
            calibration, refused, kept = choosing.calibration, choosing.refused, choosing.kept
            if kept is not None and kept.way != ways[0]:
                choosing.drop()
                kept = None
        if kept is None:
            way, run, difference, reason = _open_first(stack, part, ways, reason, expected)
        else:
            way, run, difference = kept.way, kept.run, kept.difference
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
            failed=calibration.failed | refused,
        )
        if device == "cuda":
            run = FittingRun(run, name=part.backbone.card.name)
        yield Opened(run=run, choice=choice, batch_size=_batch_size(part, way.lanes))


def _open_first(
    stack: ExitStack, part: FrozenPart, ways: Sequence[_Way], reason: str, expected: _Expected
) -> tuple[_Way, Run, float, str]:
    """The first of the ways that gives PyTorch's values on the job's own examples; PyTorch where none does."""
    too_coarse: list[Arithmetic] = []
    for way in ways:
        kind = runtimes.get(way.runtime)
        if any(allows(kind.arithmetic, refused) for refused in too_coarse):
            continue  # Fewer bits were too few: another program with as few would only take time.
        try:
            with ExitStack() as own:
                run, difference = _open(own, way, expected)
                if _is_trusted(way, difference):
                    stack.push(own.pop_all())
                    return way, run, difference, reason
            if kind.arithmetic != "exact":
                too_coarse.append(kind.arithmetic)
            reason = say("runtime.differs", runtime=way.title, difference=f"{difference:.0e}")
        except InjertoError:
            raise  # An example that cannot be read.
        except Exception as error:
            # As in `_Choosing.measure`: what worked when it was measured may be broken by now.
            reason = say("runtime.broken", runtime=way.title, reason=_first_line(error))
    eager = _Way("eager")
    return eager, stack.enter_context(runtimes.get("eager")().open(part, {}, lanes=1)), 0.0, reason


@final
@dataclass(kw_only=True, slots=True)
class _Choosing:
    """One choice for one job, by what is remembered of the architecture; what is missing is measured first."""

    part: FrozenPart
    batch: Inputs
    num_items: int
    arithmetic: Arithmetic
    expected: _Expected
    calibration: Calibration = field(default_factory=Calibration)
    refused: dict[str, str] = field(default_factory=dict)
    """Runtimes whose values are too far off with these weights, and why; other weights may do."""
    kept: _Kept | None = None
    """The quickest that was measured for this job: opening it again would take seconds."""

    def choose(self, plain: _Way) -> tuple[list[_Way], str]:
        """Ways in the order of the time that they take, and why the first is the first."""
        file = calibration_file(self.part, self.batch, arithmetic=self.arithmetic)
        before = self.calibration = read_calibration(file)
        self.measure(plain)
        if self.calibration.find(plain.runtime, plain.lanes) is None:
            plain = _Way("eager")
            self.measure(plain)
        known = self.calibration.find(plain.runtime, plain.lanes)
        assert known is not None  # PyTorch as it stands always runs.
        is_long = known.seconds(self.num_items) >= _LEAST_SECONDS[self.part.backbone.device().type]
        if is_long and self.num_items > 2 * self.calibration.tried_for:
            self._try_others(plain, known.seconds(self.num_items))
        if self.calibration != before:
            write_calibration(file, self.calibration)
        if not is_long:
            return [plain], say("runtime.short", seconds=f"{known.seconds(self.num_items):.1f}")
        best = sorted(
            (speed for speed in self.calibration.speeds if self._is_usable(speed)),
            key=lambda speed: (speed.seconds(self.num_items), speed.runtime, speed.lanes),
        )
        gain = known.seconds(self.num_items) / best[0].seconds(self.num_items)
        if gain < _LEAST_GAIN:
            return [plain], say("runtime.plain-is-best")
        ways = [_Way(speed.runtime, speed.lanes) for speed in best]
        reason = say("runtime.quickest", gain=f"{gain:.1f}", plain=plain.title)
        return ways[: ways.index(plain) + 1], reason

    def measure(self, way: _Way) -> None:
        """Note the speed of a runtime, or the reason why it cannot be used."""
        if self.calibration.knows(way.runtime, way.lanes):
            return
        self._measure(way)
        give_back()  # What was tried held copies of the network, which are gone now.

    def _measure(self, way: _Way) -> None:
        start = time.perf_counter()
        try:
            with ExitStack() as stack:
                run, difference = _open(stack, way, self.expected)
                setup = time.perf_counter() - start
                if not _is_trusted(way, difference):
                    reason = say("runtime.too-different", difference=f"{difference:.0e}")
                    if runtimes.get(way.runtime).arithmetic == "exact":  # A wrong conversion, whatever the weights.
                        self.calibration = self.calibration.without(way.runtime, reason)
                    else:
                        self.refused[way.runtime] = reason
                    return
                size = _batch_size(self.part, way.lanes)
                speed = measure_speed(run, _first(self.batch, size), lanes=way.lanes)
                found = Speed(runtime=way.runtime, lanes=way.lanes, setup_seconds=setup, items_per_second=speed)
                if self._is_quickest(found):
                    self.drop()
                    self.kept = _Kept(way=way, stack=stack.pop_all(), run=run, difference=difference)
        except InjertoError:
            raise  # An example that cannot be read says nothing of the runtime.
        except Exception as error:
            # Converters raise anything for a network they do not know. It is written down, and PyTorch stays.
            if way.runtime == "eager":
                raise
            self.calibration = self.calibration.without(way.runtime, _first_line(error))
            return
        self.calibration = self.calibration.plus(found)

    def drop(self) -> None:
        """Close what was kept open."""
        if self.kept is not None:
            self.kept.stack.close()
            self.kept = None

    def _is_quickest(self, found: Speed) -> bool:
        if self.kept is None:
            return True
        known = self.calibration.find(self.kept.way.runtime, self.kept.way.lanes)
        return known is None or found.seconds(self.num_items) < known.seconds(self.num_items)

    def _try_others(self, plain: _Way, seconds: float) -> None:
        """Measure what is worth trying for a job that plain PyTorch does in so many seconds."""
        deadline = time.perf_counter() + _SHARE_FOR_TRYING * seconds
        self.drop()  # A copy of the network, and a converter wants memory for two more.
        for way in _candidates(plain, seconds, self.part.backbone.device().type, arithmetic=self.arithmetic):
            own = runtimes.get(way.runtime).arithmetic
            if any(allows(own, runtimes.get(name).arithmetic) for name in self.refused):
                continue  # As in `_open_first`.
            if time.perf_counter() < deadline and not self._is_good_enough(plain, way):
                self.measure(way)
        self.calibration = self.calibration.model_copy(update={"tried_for": self.num_items})

    def _is_usable(self, speed: Speed) -> bool:
        return is_installed(runtimes.get(speed.runtime))

    def _is_good_enough(self, plain: _Way, way: _Way) -> bool:
        """Whether another way is known that gains, and the job too short for what one more may gain on it.

        ONNX Runtime and OpenVINO are within a tenth of each other on convolutional networks, and starting one takes
        seconds and 100 MB.
        """
        known = self.calibration.find(plain.runtime, plain.lanes)
        others = [
            speed
            for speed in self.calibration.speeds
            if self._is_usable(speed) and speed.runtime not in (way.runtime, plain.runtime, "eager")
        ]
        if known is None or not others:
            return False
        best = min(speed.seconds(self.num_items) for speed in others)
        return best < _WORTH_A_SECOND_ENGINE and known.seconds(self.num_items) / best >= _LEAST_GAIN


def _candidates(plain: _Way, seconds: float, device: str, *, arithmetic: Arithmetic) -> Iterator[_Way]:
    """Ways worth trying for a job that plain PyTorch does in so many seconds, the most promising first."""
    threads = torch.get_num_threads() if device == "cpu" else 1
    for name in sorted(runtimes.names(), key=lambda name: runtimes.get(name).rank):
        kind = runtimes.get(name)
        if (
            name == "eager" != plain.runtime
            or device not in kind.devices
            or not is_installed(kind)
            or not allows(arithmetic, kind.arithmetic)
            or _SHARE_FOR_TRYING * seconds < kind.typical_setup
        ):
            continue
        for lanes in {threads} if kind.only_in_lanes else sorted({1, threads}):
            yield _Way(name, lanes)


def _open(stack: ExitStack, way: _Way, expected: _Expected) -> tuple[Run, float]:
    """The runtime, and its largest difference from PyTorch in two batch sizes."""
    kind, part = runtimes.get(way.runtime)(), expected.part
    if way.runtime == "eager":
        return stack.enter_context(kind.open(part, {}, lanes=way.lanes)), 0.0
    pairs = expected.of(max(_COMPARED[part.backbone.modality], kind.num_examples))
    run = stack.enter_context(kind.open(part, pairs[0][0], lanes=way.lanes))
    differences = []
    for inputs, wanted in pairs:
        found = run(inputs)
        if found.shape != wanted.shape:
            return run, math.inf
        scale = wanted.abs().max().clamp_min(torch.finfo(torch.float32).tiny)
        differences.append(float((found - wanted).abs().max() / scale))
    return run, math.inf if any(map(math.isnan, differences)) else max(differences)


def _is_trusted(way: _Way, difference: float) -> bool:
    return difference <= runtimes.get(way.runtime).tolerance


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:200]}"


def _batch_size(part: FrozenPart, lanes: int) -> int:
    """Measured at 224 px: more images make nothing quicker, and hold more memory; two threads want 16 together.

    A GPU waits for the processor to hand it the next layer where a batch is small.
    """
    if part.backbone.device().type != "cpu":
        return 128
    if part.backbone.modality is not Modality.IMAGE:
        return 32
    return 8 if lanes > 1 or torch.get_num_threads() == 1 else 16


def _first(batch: Inputs, number: int) -> Inputs:
    return {name: value[:number] for name, value in batch.items()}
