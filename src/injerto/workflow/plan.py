"""`plan`: which backbone and which strategy."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from injerto.backbones.loading import load_backbone
from injerto.core.errors import UsageError
from injerto.core.limits import LIMIT_OPTIONS, Limits
from injerto.core.plan import Plan
from injerto.core.progress import Reporter, Silent
from injerto.core.sequences import SequenceOptions
from injerto.data.items import AbstractItem
from injerto.planning.budget import Budget, parse_budget
from injerto.planning.energy import EnergyMeter
from injerto.planning.plan_file import write_plan
from injerto.workflow.comparing_detectors import search_detectors
from injerto.workflow.ready import DataOptions, read_ready
from injerto.workflow.reference import read_reference
from injerto.workflow.rule import plan_by_rule
from injerto.workflow.search import search_ready
from injerto.workflow.sequences.routing import refuse_idle, sequence_task


def plan(
    data: Any,
    *,
    backbone: str | None = None,
    backbones: Sequence[str] = (),
    strategy: str | None = None,
    budget: str | float | None = "10m",
    epochs: int | None = None,
    seed: int = 0,
    device: str = "auto",
    options: DataOptions | None = None,
    texts: SequenceOptions | None = None,
    arch: str | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    energy: bool = False,
    watts: float | None = None,
    size: int | None = None,
    limits: Limits | None = None,
    reference: Any = None,
    reporter: Reporter | None = None,
) -> Plan:
    """Which backbone and which strategy, with the measurements that say so.

    Candidates are scored from one forward pass each; the best three are raced on parts of the training data that a
    trial has not seen, by strategies in the order of their cost. The test split is not read. With a `strategy` nothing
    is searched: the plan of that strategy on `backbone` is made.

    Args:
        data: see `inspect`.
        backbone: the only candidate.
        backbones: the candidates; without any, those of the catalogue that are here: shipped, or in the hub's cache.
        strategy: what is wanted, instead of a search.
        budget: what the search may take: seconds, or `90s`, `10m`, `1h`; None sets no limit. What is predicted to take
            longer than what is left is not started; what is running when it ends is stopped.
        epochs: see `fit`; only with a `strategy`.
        seed: see `fit`.
        device: see `fit`.
        options: see `inspect`.
        texts: see `fit`; a task whose answer is a text has one backbone, and the usual strategies are compared on it.
        arch: see `fit`.
        out: a TOML file for the plan, which `fit` takes.
        overwrite: replace `out` where it exists.
        energy: say watt-hours, measured where the counters of the processor can be read.
        size: for detection, see `fit`. There a search compares strategies on one network, as `compare` does.
        limits: what a candidate of the search may need, such as `Limits(latency_ms=20, commercial=True)`.
        reference: see `inspect`; shown beside the scores of a search, which it does not change.
        watts: what the machine draws under load, for an estimate where they cannot; asks for energy too.

    Raises:
        DataError, UsageError, ModelError, ResourceError, HubError: see each one's `do`.
    """
    if strategy is None and epochs is not None:
        raise UsageError("epochs-without-strategy")
    if backbones and (backbone is not None or strategy is not None):
        raise UsageError("backbones-and-backbone")
    if limits is not None and strategy is not None:
        raise UsageError("limits-without-search")
    if reference is not None and strategy is not None:
        raise UsageError("reference-without-network")
    limit = Budget(parse_budget(budget) if isinstance(budget, str) else budget)
    meter = EnergyMeter(watts) if energy or watts is not None else None
    path = Path(out) if out is not None else None
    if path is not None and path.exists() and not overwrite:
        raise UsageError("plan-exists", path=path)
    reporter = reporter or Silent()
    if options is not None and sequence_task(options.task) is not None:
        idle = {
            "--energy": energy,
            "--watts": watts,
            "--arch": arch,
            "--backbones": backbones[1:],
            LIMIT_OPTIONS: limits,
            "--reference": reference,
        }
        refuse_idle(str(options.task), idle | options.idle_for_texts())
        from injerto.workflow.sequences.plan import plan_sequences  # Seconds, for transformers.

        made = plan_sequences(
            data,
            task=str(options.task),
            options=options.with_text_column(texts),
            backbone=backbone or next(iter(backbones), None),
            strategy=strategy,
            budget=limit.seconds,
            epochs=epochs,
            seed=seed,
            device=device,
            reporter=reporter,
        )
        if path is not None:
            write_plan(made, path)
        return made
    named = () if strategy is not None else (backbone,) if backbone is not None else tuple(backbones)
    # Before the data are read: a misspelt name is said at once.
    loaded = [load_backbone(name, arch=arch, seed=seed) for name in named]
    ready = read_ready(data, options or DataOptions(), seed, reporter)
    if size is not None and not ready.finds_boxes:
        raise UsageError("size-without-boxes", task=ready.task_name)
    if strategy is not None:
        made, _ = plan_by_rule(ready, backbone, strategy, epochs, seed, device, arch, size)
    elif ready.finds_boxes:
        if len(backbones) > 1:
            raise UsageError("task-no-option", option="--backbones", task=ready.task_name)
        if limits is not None:
            raise UsageError("task-no-option", option=LIMIT_OPTIONS, task=ready.task_name)
        if reference is not None:
            raise UsageError("task-no-option", option="--reference", task=ready.task_name)
        name = backbones[0] if backbones else backbone
        made = search_detectors(
            ready, name, budget=limit, size=size, seed=seed, device=device, arch=arch, reporter=reporter
        )
    else:
        known: list[AbstractItem] = []
        if reference is not None:
            known = read_reference(reference, ready.data.modality, options or DataOptions(), seed=seed)
        made = search_ready(ready, loaded, limit, seed, device, arch, reporter, meter, limits, known)
    if path is not None:
        write_plan(made, path)
    return made
