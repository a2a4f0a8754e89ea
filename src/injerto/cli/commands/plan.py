"""`injerto plan DATA`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.messages import say

POSITION = 2


def plan(
    data: options.DataArgument,
    out: Annotated[Path | None, typer.Option("--out", help=say("help.plan-out"))] = None,
    task: options.TaskOption = None,
    backbones: Annotated[str | None, typer.Option("--backbones", help=say("help.backbones-list"))] = None,
    strategy: Annotated[str | None, typer.Option("--strategy", help=say("help.plan-strategy"))] = None,
    budget: Annotated[str, typer.Option("--budget", help=say("help.budget"))] = "10m",
    energy: Annotated[bool, typer.Option("--energy", help=say("help.energy"))] = False,
    watts: Annotated[float | None, typer.Option("--watts", min=0.1, help=say("help.watts"))] = None,
    reference: Annotated[Path | None, typer.Option("--reference", help=say("help.reference"))] = None,
    max_latency: options.LatencyLimitOption = None,
    max_memory: options.MemoryLimitOption = None,
    commercial: options.CommercialOption = False,
    seed: options.SeedOption = 0,
    device: options.DeviceOption = "auto",
    text_column: options.TextColumnOption = None,
    label_column: options.LabelColumnOption = None,
    image_column: options.ImageColumnOption = None,
    audio_column: options.AudioColumnOption = None,
    group_column: options.GroupColumnOption = None,
    size: Annotated[int | None, typer.Option("--size", help=say("help.size"))] = None,
    label_separator: options.SeparatorOption = None,
    texts: Any = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=say("help.overwrite"))] = False,
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import ConsoleReporter
    from injerto.cli.documents import print_document

    reporter = ConsoleReporter(as_json=as_json)
    names = [name.strip() for name in (backbones or "").split(",") if name.strip()]
    made = injerto.plan(
        data,
        # A strategy that was asked for has one backbone; a search has candidates.
        backbone=names[0] if strategy is not None and len(names) == 1 else None,
        backbones=() if strategy is not None and len(names) == 1 else names,
        strategy=strategy,
        budget=budget,
        seed=seed,
        device=device,
        options=options.data_options(
            task, text_column, label_column, image_column, group_column, label_separator, audio_column
        ),
        out=out,
        overwrite=overwrite,
        texts=texts,
        energy=energy,
        watts=watts,
        limits=options.limits(max_latency, max_memory, commercial),
        size=size,
        reference=reference,
        reporter=reporter,
    )
    if as_json:
        print_document(made)
    else:
        reporter.show(made)
        if out is not None:
            reporter.note("plan.written", path=out, data=data)


def add_to(app: typer.Typer) -> None:
    add_command(app, "plan", options.with_texts(plan))
