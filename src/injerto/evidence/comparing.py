"""Strategies side by side on one backbone: what each trains, costs and gains, on examples that none has seen."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, final

import numpy as np

from injerto.activations.reading import compute_features, store_features, store_frames
from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.core.comparison import ComparedStrategy, Comparison
from injerto.core.evidence import Interval
from injerto.core.messages import say
from injerto.core.outcome import RuntimeChoice
from injerto.core.plan import Basis, Plan, Reason
from injerto.core.progress import Collecting, Reporter, Silent
from injerto.core.search import BackboneScore
from injerto.core.seeds import derive_seed
from injerto.data.items import AbstractItem
from injerto.data.labelled import LabelledData, Splits
from injerto.evidence.bootstrap import measure_gap
from injerto.evidence.hierarchical import measure_over_seeds
from injerto.evidence.peak_memory import PeakMemory
from injerto.evidence.trying import Trying
from injerto.planning.beating import Judged, measure_lead
from injerto.planning.budget import Budget, OutOfTimeError
from injerto.planning.cost_log import CostLog, identify_machine
from injerto.planning.default_plan import make_plan
from injerto.planning.prediction import Foreseen, Foresight
from injerto.planning.ranking import score_backbones
from injerto.planning.selection import make_selections
from injerto.planning.textbook import explain_textbook
from injerto.planning.timing import CandidateTiming, measure_arithmetic, time_candidate, time_training
from injerto.tasks.task import Floats, label_task

DEFAULT_STRATEGIES: Final = ("linear-probe", "lp-ft")
"""The two routes of the textbook: the first reads the network, the second trains all of it."""
_SEEN_EXAMPLES: Final = 1000
"""Training examples looked at for the gap; more would narrow the interval very little."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Training:
    """One training: what it got right, and what it took."""

    judged: Judged
    seen: Floats
    num_groups: int
    num_trained: int
    num_head: int
    reads: str
    seconds: float
    peak_mb: float | None


@final
@dataclass(kw_only=True)
class Comparing:
    """Trains every strategy on the same parts of the training data; the test split is never looked at.

    Args:
        load_backbone: `load_backbone(spec, pretrained=…)` gives a fresh network, for what trains it.
        repeats: trainings of each strategy, each with its own seed.
    """

    task_name: str
    data: LabelledData
    splits: Splits
    backbone: AbstractBackbone
    load_backbone: Callable[..., AbstractBackbone]
    strategies: Sequence[str]
    repeats: int
    budget: Budget
    seed: int
    device: str
    reporter: Reporter
    _store: ActivationStore = field(init=False, default_factory=ActivationStore)
    _foresight: Foresight = field(init=False)
    _timing: CandidateTiming = field(init=False)

    def run(self) -> Comparison:
        """The filled table. Raises `UsageError` for a strategy that does not exist or does not fit the network."""
        plans = [self._plan(strategy, self.splits, self.seed) for strategy in self.strategies]
        selections = make_selections(self.data, self.splits, seed=self.seed)
        positions = np.sort(np.concatenate([self.splits.train, self.splits.tune]))
        self._foresight = Foresight(
            log=CostLog(identify_machine(self.device)),
            operations_per_second=measure_arithmetic(),
            num_classes=len(self.data.labels),
            meter=None,
        )
        shuffled = np.random.default_rng(derive_seed(self.seed, "timed")).permutation(positions)
        items = [self.data.examples[i].item for i in shuffled]
        self._timing = time_candidate(
            self.backbone,
            items,
            store=self._store,
            num_classes=None if self.data.transcribed else len(self.data.labels),
            is_first=True,
            counts_flops=False,
        )
        pass_seconds = self._compute_once(positions, self._timing.read_and_forward)
        score = None if self.data.transcribed else self._score(positions)
        columns: list[ComparedStrategy] = []
        values: dict[str, Judged] = {}
        for number, plan in enumerate(plans):
            # What is left is shared evenly by those that have not run.
            share = self.budget.left / (len(plans) - number)
            foreseen = self._foresee(plan, selections[0], items)
            column, judged = self._compare(plan, foreseen, selections, share, pass_seconds, values)
            columns.append(column)
            self.reporter.show(column)
            if judged is not None:
                values[column.strategy] = judged
        best, because = _recommend(columns, values)
        extracts = best.route == "feature-extraction"
        return Comparison(
            task=self.task_name,
            backbone=self.backbone.card.name,
            num_examples=len(positions),
            num_judging=max(judged.right.shape[1] for judged in values.values()),
            num_classes=len(self.data.labels),
            labels_per_class=None if self.data.transcribed else self._count_labels(selections[0].train),
            num_groups=len(self.backbone.layer_groups),
            num_parameters=sum(group.num_parameters for group in self.backbone.layer_groups),
            repeats=self.repeats,
            last_layer=None if score is None else score.accuracy,
            several_layers=None if score is None else score.several_layers,
            pass_seconds=pass_seconds,
            budget_seconds=self.budget.seconds,
            seconds=self.budget.spent,
            strategies=tuple(columns),
            recommended=best.strategy,
            because=because,
            textbook=say("compare.textbook-transcripts")
            if score is None
            else explain_textbook(
                gap=score.several_layers - score.accuracy,
                num_train=len(self.splits.train),
                device=self.device,
                extracts_features=extracts,
            ).because,
        )

    def _score(self, positions: np.ndarray) -> BackboneScore:
        return score_backbones(
            [self.backbone], self.data, positions, store=self._store, seed=self.seed, reporter=Silent()
        )[0]

    def _compute_once(self, positions: np.ndarray, looking: float) -> float:
        """Seconds of the one pass over the frozen layers that every strategy starts from.

        What the store holds already is counted by `looking`, the seconds that were measured for an example.
        """
        items = [self.data.examples[i].item for i in positions]
        watching = Collecting(self.reporter, RuntimeChoice)
        start = time.monotonic()
        if self.data.transcribed:
            store_frames(self.backbone, items, store=self._store, reporter=self.reporter)
            return time.monotonic() - start
        taps_ND = compute_features(self.backbone, items, pool="taps", store=self._store, reporter=watching)
        store_features(
            self.backbone, items, taps_ND[:, -self.backbone.taps["pooled"] :], pool="pooled", store=self._store
        )
        stored = len(items) - sum(choice.num_items for choice in watching.found)
        return time.monotonic() - start + stored * looking

    def _foresee(self, plan: Plan, part: Splits, items: Sequence[AbstractItem]) -> Foreseen:
        """Of one training, as the race predicts it; a step is timed where there is time for that."""
        sizes = (len(part.train), len(part.tune), len(part.test))
        rough = self._foresight.predict_trial(plan, self._timing, sizes)
        if _route(plan) == "feature-extraction" or rough.expected > 2 * self.budget.left:
            return rough
        return self._foresight.predict_trial(plan, self._timing, sizes, time_training(self.backbone, plan, items))

    def _compare(
        self,
        plan: Plan,
        foreseen: Foreseen,
        selections: Sequence[Splits],
        share: float,
        pass_seconds: float,
        values: dict[str, Judged],
    ) -> tuple[ComparedStrategy, Judged | None]:
        predicted = foreseen.expected
        # The first runs whatever it takes, or there would be nothing to compare with.
        number = int(min(len(selections), share // (self.repeats * predicted)))
        if not values:
            number = max(1, number)
        because = say("compare.no-time", predicted=f"{self.repeats * predicted:.0f}", share=f"{share:.0f}")
        trainings: list[list[_Training]] = []
        if number > 0:
            trainings = self._train_all(plan, foreseen, selections[:number], runs_whatever=not values)
            because = say("compare.cut-off", predicted=f"{predicted:.0f}")
        if not trainings:
            skipped = ComparedStrategy(
                strategy=plan.strategy, route=_route(plan), skipped=because, predicted_seconds=predicted
            )
            return skipped, None
        every = [training for row in trainings for training in row]
        rows = [Judged.joined([training.judged for training in row]) for row in trainings]
        judged = Judged(right=np.stack([row.right for row in rows]), losses=np.stack([row.losses for row in rows]))
        seen = np.concatenate([training.seen for training in every])
        return (
            ComparedStrategy(
                strategy=plan.strategy,
                route=_route(plan),
                reads=every[0].reads,
                num_groups_trained=every[0].num_groups,
                num_trained=every[0].num_trained,
                num_head=every[0].num_head,
                seconds=pass_seconds + sum(training.seconds for training in every) / len(every),
                predicted_seconds=predicted,
                peak_mb=max((training.peak_mb for training in every if training.peak_mb), default=None),
                accuracy=self._measure(judged.right),
                train_accuracy=float(seen.mean()),
                gap=measure_gap(seen, judged.right.mean(0), seed=self.seed),
                gain=self._measure(_paired(judged, next(iter(values.values())))) if values else None,
            ),
            judged,
        )

    def _train_all(
        self, plan: Plan, foreseen: Foreseen, parts: Sequence[Splits], *, runs_whatever: bool
    ) -> list[list[_Training]]:
        """A row a seed, a training a part. Where the budget ends, whole rows that are done, or the parts of the first.

        Args:
            runs_whatever: whether the first training is not stopped.
        """
        rows: list[list[_Training]] = []
        for repeat in range(self.repeats):
            row: list[_Training] = []
            try:
                for part in parts:
                    own = self._plan(plan.strategy, part, self.seed + repeat)
                    free = runs_whatever and not rows and not row
                    row.append(self._train(own, part, foreseen, Budget() if free else self.budget))
            except OutOfTimeError:
                return rows or ([row] if row else [])
            rows.append(row)
        return rows

    def _train(self, plan: Plan, part: Splits, foreseen: Foreseen, budget: Budget) -> _Training:
        trying = Trying(
            task=label_task(self.task_name)(many_labels=self.data.multi_label, labels=self.data.labels),
            data=self.data,
            store=self._store,
            frozen={self.backbone.spec: self.backbone},
            load_backbone=self.load_backbone,
            budget=budget,
        )
        with PeakMemory(self.device) as memory:
            start = time.monotonic()
            # Nothing may be computed for the judging examples while the clock runs for training.
            trained = trying.train(plan, replace(part, test=part.test[:0]))
            seconds = time.monotonic() - start
        judged = trying.judge(trained, part.test)
        self._foresight.note_trial(plan, foreseen, num_train=len(part.train), seconds=time.monotonic() - start)
        generator = np.random.default_rng(derive_seed(self.seed, "seen"))
        of_seen = trying.judge(trained, generator.permutation(part.train)[:_SEEN_EXAMPLES])
        rows = [row for freeze_plan in trained.freeze_plans for row in freeze_plan.rows]
        groups = {row.group: row.num_trained for row in rows if row.num_trained and row.group in self._groups()}
        num_head = sum(tensor.numel() for tensor in trained.model.head.parameters())
        return _Training(
            judged=judged,
            seen=of_seen.right,
            num_groups=len(groups),
            num_trained=sum(groups.values()) + num_head,
            num_head=num_head,
            reads=str(trained.facts.get("taps", say("compare.last-layer"))),
            seconds=seconds,
            peak_mb=memory.megabytes,
        )

    def _groups(self) -> set[str]:
        return {group.name for group in self.backbone.layer_groups}

    def _measure(self, values_SN: Floats) -> Interval:
        return measure_over_seeds(values_SN, seed=self.seed)

    def _count_labels(self, positions: np.ndarray) -> int:
        """Of the median class."""
        targets = self.data.targets()[positions]
        counts = np.bincount(np.nonzero(targets)[1] if self.data.multi_label else targets, minlength=1)
        return int(np.median(counts[counts > 0]))

    def _plan(self, strategy: str, splits: Splits, seed: int) -> Plan:
        name = self.backbone.card.name
        return make_plan(
            task=self.task_name,
            data=self.data,
            splits=splits,
            backbone=self.backbone,
            backbone_reason=Reason(field="backbone", choice=name, basis=Basis.USER, because=""),
            strategy=strategy,
            epochs=None,
            seed=seed,
            device=self.device,
        )


def _recommend(columns: Sequence[ComparedStrategy], values: dict[str, Judged]) -> tuple[ComparedStrategy, str]:
    """The cheapest that none beats, by the rule of the race."""
    ran = sorted((column for column in columns if column.strategy in values), key=lambda column: column.seconds or 0)
    best, because = ran[0], say("compare.cheapest")
    for column in ran[1:]:
        lead = measure_lead(*_over_seeds(values[column.strategy], values[best.strategy]))
        shown = {
            "gain": f"{100 * lead.gain:+.1f}",
            "error": f"{100 * lead.standard_error:.1f}",
            "loss": f"{-lead.loss_gain:+.3f}",
            "loss_error": f"{lead.loss_standard_error:.3f}",
        }
        if lead.beats:
            because = say("compare.better", best=best.strategy, **shown)
            best = column
        elif best is ran[0]:
            because = say("compare.not-better", other=column.strategy, **shown)
    return best, because


def _over_seeds(these: Judged, those: Judged) -> tuple[Judged, Judged]:
    """Means over the seeds, of the examples that judged both."""
    number = min(these.right.shape[1], those.right.shape[1])
    first, second = (
        Judged(right=one.right[:, :number].mean(0), losses=one.losses[:, :number].mean(0)) for one in (these, those)
    )
    return first, second


def _paired(these: Judged, those: Judged) -> Floats:
    """Differences of accuracy on the examples that judged both, shape (seeds, examples)."""
    number = min(these.right.shape[1], those.right.shape[1])
    return np.asarray(these.right[:, :number] - those.right[:, :number])


def _route(plan: Plan) -> Literal["feature-extraction", "fine-tuning", "from-scratch"]:
    if plan.from_scratch:
        return "from-scratch"
    return "feature-extraction" if all(phase.trains == "head" for phase in plan.phases) else "fine-tuning"
