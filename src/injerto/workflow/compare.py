"""`compare`: the textbook's table of feature extraction and fine-tuning, measured on the user's data."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from injerto.backbones.loading import load_backbone
from injerto.core.atomic import write_file
from injerto.core.comparison import Comparison
from injerto.core.detector_comparison import DetectorComparison
from injerto.core.errors import DataError, UsageError
from injerto.core.progress import Reporter, Silent
from injerto.core.sequences import SequenceComparison, SequenceOptions
from injerto.evidence.comparing import DEFAULT_STRATEGIES, Comparing
from injerto.planning.budget import Budget, parse_budget
from injerto.planning.default_plan import choose_backbone_name
from injerto.planning.selection import ENOUGH_TO_JUDGE
from injerto.strategies.strategy import parse_strategy
from injerto.workflow.alignable import drop_too_short
from injerto.workflow.comparing_detectors import compare_detectors
from injerto.workflow.device import choose_device
from injerto.workflow.ready import DataOptions, read_ready
from injerto.workflow.sequences.routing import refuse_idle, sequence_task


def compare(
    data: Any,
    *,
    backbone: str | None = None,
    strategies: Sequence[str] | None = None,
    budget: str | float | None = "10m",
    repeats: int = 1,
    seed: int = 0,
    device: str = "auto",
    options: DataOptions | None = None,
    arch: str | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    texts: SequenceOptions | None = None,
    epochs: int | None = None,
    size: int | None = None,
    reporter: Reporter | None = None,
) -> Comparison | DetectorComparison | SequenceComparison:
    """Feature extraction beside fine-tuning, or any strategies, on one backbone and under one budget.

    Each is trained on parts of the training data and judged on other parts of it, the same for all. The test split is
    not read, so that a `fit` afterwards can still measure what was chosen.

    Args:
        data: see `inspect`.
        backbone: see `fit`.
        strategies: at least two; the first is what the others are compared with. None takes the usual ones.
        budget: seconds, or `90s`, `10m`, `1h`, shared evenly; a strategy that is expected to take longer than its
            share is judged on fewer examples, or not run, and what runs when the budget ends is stopped. The first
            training of the first strategy is not: without it there is nothing to compare with. None sets no limit.
        repeats: trainings of each strategy with a seed of their own; intervals are then resampled over seeds too.
        out: a JSON file for the table.
        overwrite: replace `out` where it exists.
        texts: for a task whose answer is a text, how texts are read; the strategies are then judged on the tune split.
        epochs: with `texts` and for detection, passes over the training split; None leaves it to the recipe.
        size: for detection, see `fit`. There each strategy gets an even share of the time and as many epochs of its
            recipe as fit into it; one that has not time for a single epoch is not run.

    Raises:
        DataError: there are too few examples to tell strategies apart.
        UsageError, ModelError, ResourceError, HubError: see each one's `do`.
    """
    if options is not None and sequence_task(options.task) is not None:
        idle = {"--arch": arch, "--repeats": repeats - 1} | options.idle_for_texts()
        refuse_idle(str(options.task), {name: value or None for name, value in idle.items()})
        from injerto.workflow.sequences.compare import DEFAULT_SEQUENCE_STRATEGIES, compare_sequences

        return compare_sequences(
            data,
            task=str(options.task),
            options=options.with_text_column(texts),
            backbone=backbone,
            strategies=strategies or DEFAULT_SEQUENCE_STRATEGIES,
            budget=budget,
            seed=seed,
            device=device,
            epochs=epochs,
            out=out,
            overwrite=overwrite,
            reporter=reporter,
        )
    limit = Budget(parse_budget(budget) if isinstance(budget, str) else budget)
    written = list(dict.fromkeys(parse_strategy(strategy).written() for strategy in strategies or DEFAULT_STRATEGIES))
    if len(written) < 2:
        raise UsageError("compare-one", found=", ".join(written) or "–")
    path = Path(out) if out is not None else None
    if path is not None and path.exists() and not overwrite:
        raise UsageError("comparison-exists", path=path)
    reporter = reporter or Silent()
    ready = read_ready(data, options or DataOptions(), seed, reporter)
    if ready.finds_boxes:
        if repeats > 1:
            raise UsageError("task-no-option", option="--repeats", task=ready.task_name)
        found = compare_detectors(
            ready,
            backbone,
            written if strategies else None,
            budget=limit,
            epochs=epochs,
            size=size,
            seed=seed,
            device=device,
            arch=arch,
            reporter=reporter,
        )
        if path is not None:
            write_file(path, found.to_json())
        return found
    for option, given in (("--size", size), ("--epochs", epochs)):
        if given is not None:
            raise UsageError("task-no-option", option=option, task=ready.task_name)
    number = len(ready.splits.train) + len(ready.splits.tune)
    if number < ENOUGH_TO_JUDGE:
        raise DataError("compare-few", source=ready.data.source, number=number, least=ENOUGH_TO_JUDGE)
    name, _ = choose_backbone_name(backbone, ready.data.modality)
    load = partial(load_backbone, arch=arch, seed=seed)
    grown = load(name)
    if grown.modality is not ready.data.modality:
        raise UsageError("backbone-modality", backbone=name, modality=grown.modality, data=ready.data.modality)
    ready = drop_too_short(ready, grown, reporter)
    chosen = choose_device(device)
    made = Comparing(
        task_name=ready.task_name,
        data=ready.data,
        splits=ready.splits,
        backbone=grown.to(chosen),
        load_backbone=load,
        strategies=written,
        repeats=repeats,
        budget=limit,
        seed=seed,
        device=chosen,
        reporter=reporter,
    ).run()
    if path is not None:
        write_file(path, made.to_json())
    return made
