"""Predicted seconds, memory and disk of a pass and of a trial: by operations and timed batches, mended by the log."""

# N examples, D features, T taps, C classes.

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from injerto.core.plan import Plan
from injerto.core.process_memory import held_bytes
from injerto.core.search import CandidateCost, TrialCost
from injerto.planning.cost_log import CostLog, CostRecord
from injerto.planning.energy import EnergyMeter, to_wh
from injerto.planning.timing import CandidateTiming, StepTiming

_REFERENCE_SPEED: Final = 90e9
"""Operations a second of the core on which the constants of heads below were measured (AMD EPYC, one thread)."""
_HEAD_SECONDS: Final = 0.17
_TAPS_SECONDS: Final = 0.2
_LINEAR: Final = 1.2e-8
_TAPS: Final = 5.5e-10
_SCORES: Final = 1e-8
_CLASSES_POWER: Final = 0.25
_HEAD_STEP: Final = 0.004
"""Of a head that is trained by gradient: 1,280 features, 1,024 hidden units, a batch of 16."""
_EPOCH: Final = 1.75
"""Of a head's timed step: with its share of shuffling and of looking at both splits (1.57 to 1.93 on four data sets
with 22 to 226 examples)."""
_SCORING: Final = 1.2
"""Of a linear head: the closed forms on the last and on several layers, and the other scores."""
_CHOOSING: Final = 1000
"""Examples that choose taps at most, as in `fit_multi_layer`."""
_LOAD_SECONDS: Final = 0.2
_LOAD_BYTES_PER_SECOND: Final = 2e8

DEFAULT_RATIOS: Final = {"norm-bias": 0.3, "lora": 0.32, "lp-ft": 0.32}
"""Share of "every epoch" that a trial took where tuning examples stop it, a geometric mean of `benchmarks/cost.py`:
half of them stopped after six epochs of thirty, the first that are allowed to."""
_FIRST_PASS: Final = "first pass"


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreseen:
    """Seconds of one trial."""

    basis: float
    """By operations and timed batches, every epoch."""
    expected: float
    most: float


@final
class Foresight:
    """Predicts, and learns from how long things took."""

    def __init__(
        self, *, log: CostLog, operations_per_second: float, num_classes: int, meter: EnergyMeter | None
    ) -> None:
        self._log = log
        self._slowness = _REFERENCE_SPEED / operations_per_second
        self._num_classes = num_classes
        self.meter = meter

    @property
    def watts(self) -> float | None:
        """Power, where it was asked for and is known."""
        return None if self.meter is None else self.meter.read_watts()

    def predict_pass(self, timings: Sequence[CandidateTiming], number: int) -> float:
        """Expected seconds of the first pass of all of them over so many examples, scoring included."""
        basis = sum(self._pass_basis(timing, number) for timing in timings)
        return basis * self._ratio(_FIRST_PASS, number, 1.0)

    def predict_scores(self, timings: Sequence[CandidateTiming], number: int) -> float:
        """Expected seconds of scoring alone, all features being stored."""
        basis = sum(self._scores_basis(timing, number) for timing in timings)
        return basis * self._ratio(_FIRST_PASS, number, 1.0)

    def note_pass(self, timings: Sequence[CandidateTiming], number: int, *, predicted: float, seconds: float) -> None:
        """Learn how long a first pass took."""
        basis = sum(self._pass_basis(timing, number) for timing in timings)
        self._note(_FIRST_PASS, "", number, basis=basis, predicted=predicted, seconds=seconds)

    def predict_trial(
        self, plan: Plan, timing: CandidateTiming, sizes: tuple[int, int, int], step: StepTiming | None = None
    ) -> Foreseen:
        """One trial, its features of the frozen network stored already.

        Args:
            sizes: examples that train it, that stop it, and that judge it.
            step: a timed step of just this plan; without it the step is three forward passes.
        """
        num_train, num_tune, num_test = sizes
        basis = self._head_basis(plan, timing, num_train)
        step_seconds = _HEAD_STEP if timing.heads is None else _EPOCH * timing.heads.step
        for phase in plan.phases:
            if phase.trains == "head":
                basis += step_seconds * phase.epochs * math.ceil(num_train / phase.batch_size)
        tuned = [phase for phase in plan.phases if phase.trains != "head"]
        looking = timing.read_and_forward if step is None else step.looking
        training = timing.training if step is None else step.training
        for phase in tuned:
            basis += phase.epochs * (num_train * training + num_tune * looking)
        if tuned:
            basis += (num_tune + num_test) * looking
            basis += _LOAD_SECONDS + 4 * timing.num_parameters / _LOAD_BYTES_PER_SECOND
        default = DEFAULT_RATIOS.get(_schedule(plan), 1.0) if _stops_early(plan) else 1.0
        expected = basis * self._ratio(_kind(plan), num_train, default)
        return Foreseen(basis=basis, expected=expected, most=max(basis, expected) if tuned else expected)

    def note_trial(self, plan: Plan, foreseen: Foreseen, *, num_train: int, seconds: float) -> None:
        """Learn how long a trial took."""
        self._note(
            _kind(plan),
            plan.backbone,
            num_train,
            basis=foreseen.basis,
            predicted=foreseen.expected,
            seconds=seconds,
        )

    def describe(
        self, timing: CandidateTiming, plans: Sequence[Plan], number: int, sizes: tuple[int, int, int]
    ) -> CandidateCost:
        """Everything predicted of one candidate; `sizes` are a trial's train, tune and test."""
        seconds = self.predict_pass([timing], number)
        trials = []
        for plan in plans:
            foreseen = self.predict_trial(plan, timing, sizes)
            trials.append(
                TrialCost(
                    strategy=plan.strategy,
                    seconds=foreseen.expected,
                    most_seconds=foreseen.most,
                    peak_mb=predict_peak(timing, plan, sizes[0]) / 1e6,
                    energy_wh=to_wh(foreseen.expected, self.watts),
                )
            )
        widths = timing.backbone.taps
        return CandidateCost(
            name=timing.backbone.card.name,
            how="timed" if timing.is_timed else "by size",
            forward_gflop=timing.num_flops / 1e9,
            read_seconds=timing.read_and_forward,
            forward_seconds=timing.pass_speed.seconds_per_item,
            num_examples=timing.count_missing(number),
            pass_seconds=seconds,
            pass_wh=to_wh(seconds, self.watts),
            disk_mb=4 * number * (sum(widths.values()) + widths["pooled"]) / 1e6,
            trials=tuple(trials),
        )

    def _pass_basis(self, timing: CandidateTiming, number: int) -> float:
        return timing.predict_running(number) + self._scores_basis(timing, number)

    def _scores_basis(self, timing: CandidateTiming, number: int) -> float:
        width = sum(timing.backbone.taps.values())
        scores = self._slowness * _SCORES * number * min(number, width / 2) ** 2
        if timing.heads is None:
            scores += self._slowness * 0.1
        else:
            scores += _SCORING * timing.heads.linear
        return scores + self._multi_layer(timing, number)

    def _head_basis(self, plan: Plan, timing: CandidateTiming, num_train: int) -> float:
        if plan.pool == "taps":
            return self._multi_layer(timing, num_train)
        width, heads = timing.backbone.taps["pooled"], timing.heads
        law = self._linear_law(num_train, width, self._num_classes)
        if heads is None:
            return law
        return heads.linear * law / self._linear_law(heads.num_examples, width, heads.num_classes)

    def _multi_layer(self, timing: CandidateTiming, number: int) -> float:
        widths, heads = timing.backbone.taps, timing.heads
        law = self._multi_layer_law(widths, number, self._num_classes)
        if heads is None:
            return law
        return heads.several * law / self._multi_layer_law(widths, heads.num_examples, heads.num_classes)

    def _linear_law(self, number: int, width: float, num_classes: int) -> float:
        classes = math.pow(num_classes, _CLASSES_POWER)
        return self._slowness * (_HEAD_SECONDS + _LINEAR * number * min(number, width) ** 2 * classes)

    def _multi_layer_law(self, widths: Mapping[str, int], number: int, num_classes: int) -> float:
        each, few = sum(widths.values()) / len(widths), min(number, _CHOOSING)
        # Three and a half rounds over all taps, in the middle of which two and a half are read together.
        choosing = _TAPS * 3.5 * len(widths) * few * min(few, 2.5 * each) ** 2
        last = self._linear_law(number, min(4, len(widths)) * each, num_classes)
        return self._slowness * (_TAPS_SECONDS + choosing) + last

    def _ratio(self, what: str, num_train: int, default: float) -> float:
        return self._log.estimate_ratio(
            what, num_train=max(1, num_train), num_classes=self._num_classes, default=default
        )

    def _note(
        self, what: str, backbone: str, num_train: int, *, basis: float, predicted: float, seconds: float
    ) -> None:
        self._log.note(
            CostRecord(
                machine=self._log.machine,
                what=what,
                backbone=backbone,
                num_train=max(1, num_train),
                num_classes=self._num_classes,
                basis_seconds=max(1e-6, basis),
                predicted_seconds=max(1e-6, predicted),
                seconds=max(1e-6, seconds),
                when=time.time(),
            )
        )


def _stops_early(plan: Plan) -> bool:
    return any(phase.trains != "head" and phase.keep == "best" for phase in plan.phases)


def _kind(plan: Plan) -> str:
    """What is alike in the log: a schedule that is run to its end says nothing of one that is stopped."""
    return f"{_schedule(plan)}, stopped early" if _stops_early(plan) else _schedule(plan)


def _schedule(plan: Plan) -> str:
    """The strategy without its rate, which changes no number of steps."""
    return plan.strategy.partition(":rate=")[0]


def predict_peak(timing: CandidateTiming, plan: Plan, num_train: int, step: StepTiming | None = None) -> float:
    """Bytes at the peak of a trial: what the process holds, and what the trial adds.

    A head keeps three copies of its features in double precision. Training keeps a fresh network, gradient, two
    moments and the best state of what trains, and the activations of a batch; without a timed step these are taken as
    four bytes for each fifty operations of a forward pass, the middle of the networks of the catalogue.
    """
    tuned = [phase for phase in plan.phases if phase.trains != "head"]
    widths = timing.backbone.taps
    width = sum(widths.values()) if plan.pool == "taps" else widths["pooled"]
    added = 3.0 * 8 * num_train * width
    if tuned:
        share = {"norm-bias": 0.01, "lora": 0.05}.get(tuned[-1].trains, 1.0)
        num_trained = share * timing.num_parameters if step is None else step.num_trained
        saved = 4 * timing.num_flops / 50 if step is None else step.saved_bytes
        added += 4 * timing.num_parameters + 16 * num_trained + tuned[-1].batch_size * saved
    return (held_bytes() or 0) + added
