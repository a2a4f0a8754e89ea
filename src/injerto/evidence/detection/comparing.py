"""Strategies of a detector side by side: each gets the same share of the time, and is judged on the same pictures."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, final

import numpy as np

from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.detector_comparison import ComparedDetector, DetectorComparison
from injerto.core.evidence import Interval, Verdict
from injerto.core.messages import say
from injerto.core.plan import Plan
from injerto.core.progress import Reporter, Silent
from injerto.core.seeds import derive_seed
from injerto.data.labelled import LabelledData, Splits
from injerto.evidence.deciding import judge_gain
from injerto.evidence.detection.answering import answer_boxes, pictures_of
from injerto.evidence.detection.measuring import DRAWS, FEWEST_PICTURES, interval
from injerto.evidence.peak_memory import PeakMemory
from injerto.planning.budget import Budget, OutOfTimeError
from injerto.planning.stopping import Stopping
from injerto.tasks.detection.metrics import BoxMatches, Pictures, resample
from injerto.tasks.task import label_task
from injerto.training.engine import Engine, Trained

DEFAULT_DETECTION_STRATEGIES: Final = ("frozen", "last-4", "full", "from-scratch")
_SCRATCH: Final = "from-scratch"
_USED: Final = 0.9
"""Share of the time that is left after one epoch which the training is planned to take: boxes are judged after it."""

Route = Literal["feature-extraction", "fine-tuning", "from-scratch"]


@final
@dataclass(kw_only=True)
class ComparingDetectors:
    """Trains every strategy on one part of train and tune, and judges it on another; test is never looked at.

    One epoch of each phase is run first, which fills the store as the training needs it. What it took says how many
    epochs fit into the strategy's share of the budget, and the recipe is run with so many: a rate that falls to nothing
    at the end, and no training cut off in the middle.

    Args:
        make_plan: the plan of a strategy on `backbone`; raises `UsageError` where it does not fit.
        load_backbone: `load_backbone(pretrained=...)` gives a fresh network.
        part: its `train` and `tune` are the trainings' own, its `test` judges.
    """

    data: LabelledData
    part: Splits
    backbone: AbstractBackbone
    make_plan: Callable[[str], Plan]
    load_backbone: Callable[..., AbstractBackbone]
    strategies: Sequence[str]
    budget: Budget
    reporter: Reporter
    _store: ActivationStore = field(init=False, default_factory=ActivationStore)
    _pictures: Pictures = field(init=False)

    def run(self) -> DetectorComparison:
        """The filled table."""
        plans = [self.make_plan(strategy) for strategy in self.strategies]
        self._pictures = pictures_of(self.data, self.part.test, self.data.labels)
        columns: list[ComparedDetector] = []
        found: dict[str, BoxMatches] = {}
        for number, plan in enumerate(plans):
            # What is left is shared evenly by those that have not run; the first runs whatever it takes.
            share = self.budget.left / (len(plans) - number)
            column, matches = self._compare(plan, share, first=not found)
            columns.append(column)
            if matches is not None:
                found[column.strategy] = matches
            self._say(column, matches)
        measured = _Measured(found, num_pictures=len(self.part.test), seed=plans[0].seed)
        columns = [measured.fill(column) if column.strategy in found else column for column in columns]
        best, because = self._recommend(columns, measured)
        verdict, sentence = self._judge(best, columns, plans[0].minimum_effect)
        size = plans[0].input_size
        assert size is not None  # Detectors read whole pictures of a size.
        return DetectorComparison(
            task=plans[0].task,
            backbone=self.backbone.card.name,
            input_size=size,
            num_train=len(self.part.train),
            num_judging=len(self.part.test),
            num_objects=self._pictures.num_objects,
            num_groups=len(self.backbone.layer_groups),
            budget_seconds=self.budget.seconds,
            seconds=self.budget.spent,
            strategies=tuple(columns),
            recommended=best.strategy,
            because=because,
            verdict=verdict,
            sentence=sentence,
        )

    def _say(self, column: ComparedDetector, matches: BoxMatches | None) -> None:
        if matches is None:
            self.reporter.note("detection.not-compared", strategy=column.strategy, because=column.skipped)
            return
        self.reporter.note(
            "detection.compared",
            strategy=column.strategy,
            value=f"{100 * matches.mean_precision()[0]:.1f}",
            seconds=f"{column.seconds:.0f}",
            epochs=column.num_epochs,
            recipe=column.recipe_epochs,
        )

    def _compare(self, plan: Plan, share: float, *, first: bool) -> tuple[ComparedDetector, BoxMatches | None]:
        recipe = sum(phase.epochs for phase in plan.phases)
        limit = Budget(share if math.isfinite(share) else None)
        free = Budget() if first else limit
        start = time.monotonic()
        self.reporter.note("detection.comparing", strategy=plan.strategy)
        try:
            with PeakMemory(plan.device) as memory:
                tried = self._train(_with_epochs(plan, [1] * len(plan.phases)), free)
                epochs = _fitting_epochs(plan, tried, limit.left, must_run=first)
                # One epoch was run to know what it takes; where more fit, it is no part of the training.
                trained, idle = tried, 0.0
                if max(epochs) > 1:
                    idle = sum(record.seconds for record in tried.history)
                    # Measured to fit, so run to its end.
                    trained = self._train(_with_epochs(plan, epochs), Budget())
            seconds = time.monotonic() - start - idle
        except OutOfTimeError:
            skipped = say("detection.compare-no-time", share=f"{share:.0f}")
            return ComparedDetector(
                strategy=plan.strategy, route=_route(plan), skipped=skipped, recipe_epochs=recipe
            ), None
        items = [self.data.examples[int(i)].item for i in self.part.test]
        boxes = answer_boxes(trained.model, items, store=self._store)
        rows = [row for freeze_plan in trained.freeze_plans for row in freeze_plan.rows]
        groups = {row.group: row.num_trained for row in rows if row.num_trained}
        head = sum(tensor.numel() for tensor in trained.model.head.parameters())
        return ComparedDetector(
            strategy=plan.strategy,
            route=_route(plan),
            num_epochs=len(trained.history),
            recipe_epochs=recipe,
            num_groups_trained=len(groups),
            num_trained=sum(groups.values()) + head,
            seconds=seconds,
            peak_mb=memory.megabytes,
        ), BoxMatches(self._pictures, boxes)

    def _train(self, plan: Plan, budget: Budget) -> Trained:
        return Engine(
            plan=plan,
            backbone=self.load_backbone(pretrained=not plan.from_scratch),
            task=label_task(plan.task)(many_labels=self.data.multi_label, labels=self.data.labels),
            data=self.data,
            splits=replace(self.part, test=self.part.test[:0]),
            reporter=Stopping(Silent(), budget),
            store=self._store,
            before_batch=budget.check,
        ).run()

    def _recommend(self, columns: Sequence[ComparedDetector], measured: "_Measured") -> tuple[ComparedDetector, str]:
        """The quickest that none clearly beats."""
        ran = sorted((one for one in columns if one.skipped is None), key=lambda one: one.seconds or 0.0)
        best, because = ran[0], say("compare.cheapest")
        for other in ran[1:]:
            gain = measured.gain(other.strategy, best.strategy)
            if gain.low > 0:
                because = say("detection.compare-better", best=best.strategy, **_points(gain))
                best = other
            elif best is ran[0]:
                because = say("detection.compare-not-better", other=other.strategy, **_points(gain))
        return best, because

    def _judge(
        self, best: ComparedDetector, columns: Sequence[ComparedDetector], minimum_effect: float
    ) -> tuple[Verdict | None, str]:
        """On the transfer: the recommended strategy, or else the best that transfers, beside from-scratch."""
        transferring = [one for one in columns if one.over_scratch is not None and one.mean_precision is not None]
        if not transferring:
            return None, say("detection.no-control")
        number = len(self.part.test)
        if number < FEWEST_PICTURES:
            return Verdict.INCONCLUSIVE, say("detection.compare-few", number=number, least=FEWEST_PICTURES)
        judged = best if best in transferring else max(transferring, key=_mean_precision)
        assert judged.over_scratch is not None  # All of these have one.
        verdict = judge_gain(judged.over_scratch, minimum_effect=minimum_effect)
        shown = _points(judged.over_scratch)
        return verdict, say(f"detection.compare-{verdict}", strategy=judged.strategy, **shown)


@final
class _Measured:
    """Intervals of several detectors by the same resampled pictures, which are drawn once for all."""

    def __init__(self, found: Mapping[str, BoxMatches], *, num_pictures: int, seed: int) -> None:
        self._place = {strategy: number for number, strategy in enumerate(found)}
        self._number = num_pictures
        self._values = np.array([matches.mean_precision() for matches in found.values()])
        self._draws = resample(
            list(found.values()), num_pictures=num_pictures, draws=DRAWS, seed=derive_seed(seed, "pictures")
        )

    def fill(self, column: ComparedDetector) -> ComparedDetector:
        """The column with its intervals, and what it gains over the first and over from-scratch."""
        here = self._place[column.strategy]
        mean, half = (interval(self._values[here, i], self._draws[:, here, i], self._number) for i in range(2))
        own, first = column.strategy, next(iter(self._place))
        scratch = next((name for name in self._place if name.startswith(_SCRATCH)), own)
        others = {
            "gain": None if own == first else self.gain(own, first),
            "over_scratch": None if own == scratch else self.gain(own, scratch),
        }
        return column.model_copy(update={"mean_precision": mean, "precision_50": half, **others})

    def gain(self, strategy: str, other: str) -> Interval:
        """In mAP, paired by picture."""
        here, there = self._place[strategy], self._place[other]
        draws = self._draws[:, here, 0] - self._draws[:, there, 0]
        return interval(self._values[here, 0] - self._values[there, 0], draws, self._number)


def _mean_precision(column: ComparedDetector) -> float:
    return 0.0 if column.mean_precision is None else column.mean_precision.value


def _points(gain: Interval) -> dict[str, str]:
    parts = {"gain": gain.value, "low": gain.low, "high": gain.high}
    return {name: f"{100 * value:+.1f}" for name, value in parts.items()}


def _fitting_epochs(plan: Plan, tried: Trained, left: float, *, must_run: bool) -> list[int]:
    """Epochs of each phase that fit into what is left, by what one of them took.

    Args:
        must_run: take one of each where none fits, instead of raising `OutOfTimeError`.
    """
    seconds = [sum(one.seconds for one in tried.history if one.phase == phase.name) for phase in plan.phases]
    if sum(seconds) > left and not must_run:
        raise OutOfTimeError
    whole = sum(phase.epochs * each for phase, each in zip(plan.phases, seconds, strict=True))
    share = min(1.0, _USED * left / whole)
    return [max(1, int(phase.epochs * share)) for phase in plan.phases]


def _with_epochs(plan: Plan, epochs: Sequence[int]) -> Plan:
    phases = [phase.model_copy(update={"epochs": each}) for phase, each in zip(plan.phases, epochs, strict=True)]
    return plan.model_copy(update={"phases": tuple(phases)})


def _route(plan: Plan) -> Route:
    if plan.from_scratch:
        return "from-scratch"
    return "feature-extraction" if all(phase.trains == "head" for phase in plan.phases) else "fine-tuning"
