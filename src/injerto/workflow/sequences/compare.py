"""`compare` for tasks whose answer is a text: strategies side by side on one network; the test split is not read."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

from injerto.activations.store.store import ActivationStore
from injerto.artifacts.sequence_model import SequenceModel
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.core.atomic import write_file
from injerto.core.errors import UsageError
from injerto.core.evidence import Verdict
from injerto.core.messages import say
from injerto.core.plan import Plan, Reason
from injerto.core.progress import Reporter, Silent
from injerto.core.sequences import ComparedSequence, SequenceComparison, SequenceOptions, SequenceSettings
from injerto.evidence.deciding import judge_gain
from injerto.evidence.sequences.paired import measure_metric, measure_metric_gain
from injerto.planning.budget import Budget, OutOfTimeError, parse_budget
from injerto.planning.sequence_plan import make_sequence_plan
from injerto.planning.sequence_timing import measure_pass_seconds, passes_within
from injerto.tasks.answers import SequenceAnswers
from injerto.training.sequence_engine import SequenceEngine
from injerto.workflow.device import choose_device
from injerto.workflow.sequences.ready import (
    ReadySequences,
    Rows,
    choose_sequence_backbone,
    make_rows,
    read_ready_sequences,
    say_inherited,
)

DEFAULT_SEQUENCE_STRATEGIES: Final = ("lora:rank=16", "last-2", "full")
_STOPPED_SHARE: Final = 10
"""One of so many training rows stops the trainings, so that the tune split can judge."""


def compare_sequences(
    data: Any,
    *,
    task: str,
    options: SequenceOptions,
    backbone: str | None = None,
    strategies: Sequence[str] = DEFAULT_SEQUENCE_STRATEGIES,
    budget: str | float | None = "10m",
    seed: int = 0,
    device: str = "auto",
    epochs: int | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> SequenceComparison:
    """Each strategy is trained on the training split, stopped by a tenth of it, and judged on the tune split."""
    reporter = reporter or Silent()
    if len(dict.fromkeys(strategies)) < 2:
        raise UsageError("compare-one", found=", ".join(strategies) or "–")
    path = Path(out) if out is not None else None
    if path is not None and path.exists() and not overwrite:
        raise UsageError("comparison-exists", path=path)
    limit = Budget(parse_budget(budget) if isinstance(budget, str) else budget)
    ready = read_ready_sequences(data, task, options, seed)
    reporter.show(ready.survey)
    load, reason = choose_sequence_backbone(backbone, ready, seed)
    grown = load(pretrained=True)
    say_inherited(grown, reporter)
    made = compare_ready(
        ready,
        load,
        grown,
        reason,
        strategies=strategies,
        limit=limit,
        seed=seed,
        device=choose_device(device),
        epochs=epochs,
        reporter=reporter,
    )
    if path is not None:
        write_file(path, made.to_json())
    return made


def compare_ready(
    ready: ReadySequences,
    load: Callable[..., AbstractSequenceBackbone],
    grown: AbstractSequenceBackbone,
    reason: Reason,
    *,
    strategies: Sequence[str],
    limit: Budget,
    seed: int,
    device: str,
    epochs: int | None,
    reporter: Reporter,
) -> SequenceComparison:
    """The comparison on texts that were read; `grown` is not trained.

    Without `epochs` every training makes as many passes as its recipe asks for, or as fit into `limit`. It may take an
    even share of what is left of that, and is stopped when it has; the first is not: without it there is nothing to
    compare with.
    """
    settings = grown.resolve_settings(ready.options, prompts=ready.has_prompts)
    comparing = _Comparing(
        ready=ready,
        load=load,
        settings=settings,
        rows=make_rows(grown, ready, settings),
        reason=reason,
        seed=seed,
        device=device,
        reporter=reporter,
    )
    plans = [comparing.plan(grown, strategy, epochs) for strategy in strategies]  # A misspelt name is said at once.
    grown.to(device)
    if epochs is None and limit.seconds is not None:
        size = min(phase.batch_size for plan in plans for phase in plan.phases)
        pass_seconds = measure_pass_seconds(grown, comparing.rows.train[: comparing.num_train], batch_size=size)
        most = passes_within(limit.left, pass_seconds=pass_seconds, num_trainings=len(plans))
        if any(sum(phase.epochs for phase in plan.phases) > most for plan in plans):
            epochs = most
            plans = [comparing.plan(grown, strategy, epochs) for strategy in strategies]
            reporter.note("language.budget-epochs", epochs=epochs, seconds=f"{pass_seconds:.2g}")
    untouched = comparing.answer(grown)
    columns: list[ComparedSequence] = []
    first: SequenceAnswers | None = None
    for number, plan in enumerate(plans):
        share = Budget(None if limit.seconds is None else limit.left / (len(plans) - number))
        try:
            if columns:
                limit.check()
            column, answers = comparing.train(plan, first, untouched, before_batch=share.check if columns else None)
            first = first or answers
        except OutOfTimeError:
            spent = share.seconds or limit.seconds or 0.0
            key = "stopped" if share.seconds else "not-run"
            skipped = say(f"language.budget-{key}", seconds=f"{spent:,.0f}" if spent >= 1 else f"{spent:.2g}")
            column = ComparedSequence(strategy=plan.strategy, skipped=skipped)
        columns.append(column)
        reporter.show(column)
    judge = ready.task.judge()
    chosen, because = _recommend(columns, judge.name, ready.task.minimum_effect)
    return SequenceComparison(
        task=ready.task_name,
        backbone=grown.card.name,
        metric=judge.name,
        num_train=comparing.num_train,
        num_judging=len(ready.splits.tune),
        untouched={m.name: measure_metric(m, untouched, seed=seed) for m in ready.task.metrics()},
        strategies=tuple(columns),
        recommended=chosen,
        because=because,
        epochs=epochs,
        seconds=limit.spent,
    )


@final
@dataclass(frozen=True, kw_only=True)
class _Comparing:
    """What all trainings share."""

    ready: ReadySequences
    load: Callable[..., AbstractSequenceBackbone]
    settings: SequenceSettings
    rows: Rows
    reason: Reason
    seed: int
    device: str
    reporter: Reporter

    @property
    def num_train(self) -> int:
        return len(self.rows.train) - self.num_stopping

    @property
    def num_stopping(self) -> int:
        return max(1, len(self.rows.train) // _STOPPED_SHARE)

    def plan(self, backbone: AbstractSequenceBackbone, strategy: str, epochs: int | None) -> Plan:
        return make_sequence_plan(
            task=self.ready.task_name,
            backbone=backbone,
            backbone_reason=self.reason,
            strategy=strategy,
            num_train=self.num_train,
            num_tune=self.num_stopping,
            row_length=max(row.length for row in self.rows.train),
            epochs=epochs,
            seed=self.seed,
            device=self.device,
            minimum_effect=self.ready.task.minimum_effect,
        )

    def train(
        self,
        plan: Plan,
        first: SequenceAnswers | None,
        untouched: SequenceAnswers,
        before_batch: Callable[[], None] | None,
    ) -> tuple[ComparedSequence, SequenceAnswers]:
        start = time.monotonic()
        backbone = self.load(pretrained=not plan.from_scratch)
        cut = self.num_train
        trained = SequenceEngine(
            plan=plan,
            backbone=backbone,
            train=self.rows.train[:cut],
            tune=self.rows.train[cut:],
            train_where=self.rows.train_where[:cut],
            tune_where=self.rows.train_where[cut:],
            reporter=self.reporter,
            store=ActivationStore(),
            before_batch=before_batch,
        ).run()
        seconds = time.monotonic() - start
        answers = self.answer(backbone)
        judge = self.ready.task.judge()
        column = ComparedSequence(
            strategy=plan.strategy,
            num_trained=trained.num_trained,
            seconds=seconds,
            tokens_per_second=trained.tokens_per_second,
            metrics={m.name: measure_metric(m, answers, seed=self.seed) for m in self.ready.task.metrics()},
            gain=None if first is None else measure_metric_gain(judge, answers, first, seed=self.seed),
            gain_untouched=measure_metric_gain(judge, answers, untouched, seed=self.seed),
        )
        return column, answers

    def answer(self, backbone: AbstractSequenceBackbone) -> SequenceAnswers:
        model = SequenceModel(
            task_name=self.ready.task_name, task=self.ready.task, backbone=backbone, settings=self.settings
        )
        items = self.ready.items(self.ready.splits.tune)
        return model.answer(items, outputs=True, seed=self.seed, reporter=self.reporter)


def _recommend(columns: Sequence[ComparedSequence], metric: str, effect: float) -> tuple[str, str]:
    """The best of those that beat the first one beyond chance, else the first."""
    better = [
        column
        for column in columns
        if column.gain is not None and judge_gain(column.gain, minimum_effect=effect) is Verdict.HELPED
    ]
    if not better:
        key = "only" if all(column.skipped is not None for column in columns[1:]) else "cheapest"
        return columns[0].strategy, say(f"language.compare-because-{key}")
    best = max(better, key=lambda column: column.gain.value if column.gain is not None else 0.0)
    return best.strategy, say("language.compare-because-best", metric=metric.replace("_", " "))
