"""`plan` for tasks whose answer is a text: the strategy that was asked for, or the one that a comparison recommends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from injerto.backbones.sequences.plain import is_plain
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.core.errors import UsageError
from injerto.core.messages import say
from injerto.core.plan import Basis, Plan, Reason
from injerto.core.progress import Reporter, Silent
from injerto.core.sequences import SequenceOptions
from injerto.planning.budget import Budget, parse_budget
from injerto.planning.plan_file import read_plan
from injerto.planning.sequence_plan import make_sequence_plan
from injerto.workflow.device import choose_device
from injerto.workflow.sequences.compare import DEFAULT_SEQUENCE_STRATEGIES, compare_ready
from injerto.workflow.sequences.ready import (
    ReadySequences,
    Rows,
    choose_sequence_backbone,
    make_rows,
    read_ready_sequences,
    say_inherited,
)


def plan_sequences(
    data: Any,
    *,
    task: str,
    options: SequenceOptions,
    backbone: str | None = None,
    strategy: str | None = None,
    budget: str | float | None = "10m",
    epochs: int | None = None,
    seed: int = 0,
    device: str = "auto",
    reporter: Reporter | None = None,
) -> Plan:
    """The plan of a strategy; without one, of the strategy that `compare_ready` recommends within the budget."""
    reporter = reporter or Silent()
    limit = Budget(parse_budget(budget) if isinstance(budget, str) else budget)
    check_plain(backbone, strategy)
    ready = read_ready_sequences(data, task, options, seed)
    reporter.show(ready.survey)
    load, reason = choose_sequence_backbone(backbone, ready, seed)
    grown = load(pretrained=True)
    settings = grown.resolve_settings(ready.options, prompts=ready.has_prompts)
    say_inherited(grown, reporter)
    return plan_ready(
        ready,
        load,
        grown,
        reason,
        rows=make_rows(grown, ready, settings),
        strategy=strategy,
        limit=limit,
        epochs=epochs,
        seed=seed,
        device=choose_device(device),
        reporter=reporter,
    )


def plan_ready(
    ready: ReadySequences,
    load: Callable[..., AbstractSequenceBackbone],
    grown: AbstractSequenceBackbone,
    reason: Reason,
    *,
    rows: Rows,
    strategy: str | None,
    limit: Budget | None,
    epochs: int | None,
    seed: int,
    device: str,
    reporter: Reporter,
) -> Plan:
    """The plan on texts that were read; without a strategy and without a limit, the usual one of the task."""
    why, how_long = None, None
    if is_plain(grown.spec):
        if strategy is None:
            strategy, because = "from-scratch", say("language.strategy-plain")
            why = Reason(field="strategy", choice=strategy, basis=Basis.DEFAULT, because=because)
    elif strategy is None and limit is not None:
        made = compare_ready(
            ready,
            load,
            grown,
            reason,
            strategies=DEFAULT_SEQUENCE_STRATEGIES,
            limit=limit,
            seed=seed,
            device=device,
            epochs=epochs,
            reporter=reporter,
        )
        reporter.show(made)
        strategy = made.recommended
        why = Reason(field="strategy", choice=strategy, basis=Basis.MEASUREMENT, because=made.because)
        if epochs is None and made.epochs is not None:
            epochs, because = made.epochs, say("language.epochs-budget")
            how_long = Reason(field="epochs", choice=str(epochs), basis=Basis.MEASUREMENT, because=because)
    return make_sequence_plan(
        task=ready.task_name,
        backbone=grown,
        backbone_reason=reason,
        strategy=strategy,
        strategy_reason=why,
        epochs_reason=how_long,
        num_train=len(rows.train),
        num_tune=len(rows.tune),
        row_length=max((row.length for row in rows.train), default=1),
        epochs=epochs,
        seed=seed,
        device=device,
        minimum_effect=ready.task.minimum_effect,
    )


def check_plain(backbone: str | None, strategy: str | None) -> None:
    """Raise `UsageError` where a network without pretrained weights was asked to transfer some."""
    if is_plain(backbone) and not (strategy or "from-scratch").startswith("from-scratch"):
        raise UsageError("plain-pretrained", strategy=strategy)


def read_sequence_plan(plan: Plan | str | Path, task: str) -> tuple[Plan, bool]:
    """The plan, and whether its phases are of its strategy still; raises `UsageError` for one of another task."""
    made, fits_still = (plan, True) if isinstance(plan, Plan) else read_plan(Path(plan))
    if made.task != task:
        raise UsageError("plan-other-task", own=made.task, task=task)
    return made, fits_still
