"""What one candidate takes on this machine, from one or two timed batches: reading, forward, a training step."""

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor

from injerto.activations.reading import PassSpeed, measure_pass
from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.plan import Plan
from injerto.core.seeds import seeded
from injerto.data.items import AbstractItem
from injerto.planning.head_timing import HeadTiming, time_heads
from injerto.strategies.freezing import apply_freezing, resolve_freezing
from injerto.strategies.heads.linear_choice import fit_linear
from injerto.strategies.low_rank import insert_low_rank

_PASS_ITEMS: Final = 48
"""Examples that time a pass, three batches of pictures; never more than a quarter of all."""
_STEP_ITEMS: Final = 8
_BACKWARD: Final = 2.0
"""A backward pass costs twice the forward pass that it goes through."""
_SIDE: Final = 384
"""Of the matrices that time the processor: as large as what heads are solved with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CandidateTiming:
    """One candidate, in seconds an example."""

    backbone: AbstractBackbone
    num_flops: int
    """Of one example's forward pass, 2 for a multiplication with its addition; 0 where they were not counted."""
    read_and_forward: float
    training: float
    """Reading, forward and backward through everything, by the law of `measure_step`."""
    pass_speed: PassSpeed
    num_items: int
    """Examples of the whole pass."""
    is_timed: bool = True
    heads: HeadTiming | None = None
    """None where no head was timed, and operations alone tell what one takes."""

    @property
    def num_parameters(self) -> int:
        """Weights of the backbone."""
        return sum(group.num_parameters for group in self.backbone.layer_groups)

    def count_missing(self, number: int) -> int:
        """How many of the first so many examples were not stored before timing, as far as all of them say."""
        return round(number * self.pass_speed.num_missing / max(1, self.num_items))

    def predict_running(self, number: int) -> float:
        """Seconds of the frozen layers over so many examples, without those that timing has stored."""
        speed = self.pass_speed
        missing = self.count_missing(number)
        if missing == 0:
            return 0.0
        return speed.setup_seconds + missing * (1 - speed.num_timed / speed.num_missing) * speed.seconds_per_item


@dataclass(frozen=True, kw_only=True, slots=True)
class StepTiming:
    """A training step of one strategy on one backbone."""

    looking: float
    """Seconds an example of reading and a forward pass."""
    training: float
    """Seconds an example of reading, forward, backward and the update."""
    saved_bytes: float
    """Of activations that an example keeps for its backward pass."""
    num_trained: int


def count_flops(backbone: AbstractBackbone, item: AbstractItem) -> int:
    """Operations of one example's forward pass."""
    from torch.utils.flop_counter import FlopCounterMode  # 90 MB of compiler come with it.

    backbone.eval()
    inputs = {name: value.to(backbone.device()) for name, value in backbone.prepare([item]).items()}
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        backbone(inputs)
    return int(counter.get_total_flops())


def measure_step(backbone: AbstractBackbone, items: Sequence[AbstractItem]) -> tuple[float, float]:
    """Seconds an example of reading and one forward pass, and of a training step; the better of two runs."""
    batch = items[:_STEP_ITEMS]
    backbone.eval()
    reading, forward = [], []
    with torch.no_grad():
        for _ in range(2):
            start = time.perf_counter()
            inputs = {name: value.to(backbone.device()) for name, value in backbone.prepare(batch).items()}
            middle = time.perf_counter()
            backbone(inputs).sum().item()
            reading.append(middle - start)
            forward.append(time.perf_counter() - middle)
    read, run = min(reading) / len(batch), min(forward) / len(batch)
    return read + run, read + (1 + _BACKWARD) * run


def time_candidate(
    backbone: AbstractBackbone,
    items: Sequence[AbstractItem],
    *,
    store: ActivationStore,
    num_classes: int | None = None,
    is_first: bool = False,
    counts_flops: bool = True,
) -> CandidateTiming:
    """Time a batch of reading, a forward pass, and a few batches of the pass itself, which stay in the store.

    Args:
        items: those of the pass, in a random order.
        num_classes: of the heads that are timed too; None times none.
        is_first: whether nothing ran in this process before: what is paid once is then paid before the clock runs.
        counts_flops: what memory and other candidates are told from; it brings 90 MB of compiler into the process.
    """
    num_flops = count_flops(backbone, items[0]) if counts_flops else 0
    looking, training = measure_step(backbone, items)
    most = max(4, min(_PASS_ITEMS, len(items) // 4))
    if is_first:
        measure_pass(backbone, items, pool="taps", store=store, most_items=1)
    speed = measure_pass(backbone, items, pool="taps", store=store, most_items=most)
    if speed.setup_seconds == 0 and speed.num_timed:
        # A single batch does not tell setting up from running; PyTorch's own forward pass, which is warm, does.
        each = min(looking, speed.seconds_per_item)
        setup = speed.num_timed * (speed.seconds_per_item - each)
        speed = replace(speed, setup_seconds=setup, seconds_per_item=each)
    return CandidateTiming(
        backbone=backbone,
        num_flops=num_flops,
        read_and_forward=looking,
        training=training,
        pass_speed=speed,
        num_items=len(items),
        heads=None
        if num_classes is None
        else time_heads(backbone.taps, num_classes=num_classes, num_examples=len(items)),
    )


def scale_timing(known: CandidateTiming, backbone: AbstractBackbone, items: Sequence[AbstractItem]) -> CandidateTiming:
    """A candidate that there is no time to time, as another one scaled by operations."""
    num_flops = count_flops(backbone, items[0])
    ratio = num_flops / max(1, known.num_flops)
    speed = known.pass_speed
    return CandidateTiming(
        backbone=backbone,
        num_flops=num_flops,
        read_and_forward=ratio * known.read_and_forward,
        training=ratio * known.training,
        pass_speed=PassSpeed(
            setup_seconds=speed.setup_seconds, seconds_per_item=ratio * speed.seconds_per_item, num_missing=len(items)
        ),
        num_items=len(items),
        is_timed=False,
    )


def time_training(backbone: AbstractBackbone, plan: Plan, items: Sequence[AbstractItem]) -> StepTiming:
    """Time the second of two training steps of the plan's last phase, on a copy of the network.

    The first pays for what is only made once. Batches are small: what an example takes hardly depends on it.
    """
    phase = plan.phases[-1]
    own = copy.deepcopy(backbone)
    if phase.trains == "lora":
        with seeded(plan.seed):
            insert_low_rank(own, rank=plan.lora_rank, num_groups=phase.num_groups)
    freezing = resolve_freezing(own, phase)
    trained = [value for name, value in own.network.named_parameters() if name in freezing.trained]
    optimizer = torch.optim.AdamW(trained, lr=1e-9)
    batch = list(items[: min(_STEP_ITEMS, phase.batch_size)])
    seconds, saved = [], 0.0
    for _ in range(2):
        start = time.perf_counter()
        apply_freezing(own, freezing)
        inputs = _prepare(own, batch, augment=phase.augment)
        with _SavedBytes(trained) as counting, seeded(plan.seed):
            loss = own(inputs, plan.pool).float().square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()
        seconds.append(time.perf_counter() - start)
        saved = counting.num_bytes / len(batch)
    return StepTiming(
        looking=measure_step(own, batch)[0],
        training=seconds[-1] / len(batch),
        saved_bytes=saved,
        num_trained=sum(value.numel() for value in trained),
    )


def measure_arithmetic() -> float:
    """Operations a second of a product of matrices, after a small head was solved so that everything is imported."""
    features = torch.linspace(-1, 1, 64).reshape(16, 4).sin()
    fit_linear(features, torch.arange(16) % 2, num_classes=2)
    matrix = torch.ones(_SIDE, _SIDE)
    rounds = []
    for _ in range(4):
        start = time.perf_counter()
        matrix @ matrix
        rounds.append(time.perf_counter() - start)
    return float(2 * _SIDE**3 / min(rounds))


class _SavedBytes:
    """Counts what autograd keeps for the backward pass, each storage once, parameters not at all."""

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self._seen = {value.untyped_storage().data_ptr() for value in parameters}
        self._hooks = torch.autograd.graph.saved_tensors_hooks(self._count, lambda kept: kept)
        self.num_bytes = 0

    def __enter__(self) -> "_SavedBytes":
        self._hooks.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._hooks.__exit__(*error)

    def _count(self, kept: Tensor) -> Tensor:
        place = kept.untyped_storage().data_ptr()
        if place not in self._seen and not isinstance(kept, torch.nn.Parameter):
            self._seen.add(place)
            self.num_bytes += kept.untyped_storage().nbytes()
        return kept


def _prepare(backbone: AbstractBackbone, items: Sequence[AbstractItem], *, augment: str) -> dict[str, Tensor]:
    if augment == "none":
        prepared = backbone.prepare(items)
    else:
        prepared = backbone.prepare(items, augment=augment, seeds=list(range(len(items))))
    return {name: value.to(backbone.device()) for name, value in prepared.items()}
