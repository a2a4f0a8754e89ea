"""`injerto compare DATA`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.messages import say

POSITION = 3


def compare(
    data: options.DataArgument,
    strategies: Annotated[str | None, typer.Option("--strategies", help=say("help.compare-strategies"))] = None,
    backbone: Annotated[str | None, typer.Option("--backbone", help=say("help.backbone"))] = None,
    budget: Annotated[str, typer.Option("--budget", help=say("help.budget"))] = "10m",
    repeats: Annotated[int, typer.Option("--repeats", min=1, max=100, help=say("help.repeats"))] = 1,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help=say("language.help.epochs"))] = None,
    size: Annotated[int | None, typer.Option("--size", help=say("help.size"))] = None,
    out: Annotated[Path | None, typer.Option("--out", help=say("help.compare-out"))] = None,
    task: options.TaskOption = None,
    seed: options.SeedOption = 0,
    device: options.DeviceOption = "auto",
    text_column: options.TextColumnOption = None,
    label_column: options.LabelColumnOption = None,
    image_column: options.ImageColumnOption = None,
    audio_column: options.AudioColumnOption = None,
    group_column: options.GroupColumnOption = None,
    label_separator: options.SeparatorOption = None,
    texts: Any = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=say("help.overwrite"))] = False,
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import ConsoleReporter
    from injerto.cli.documents import print_document

    reporter = ConsoleReporter(as_json=as_json)
    made = injerto.compare(
        data,
        backbone=backbone,
        strategies=_apart(strategies) if strategies is not None else None,
        budget=budget,
        repeats=repeats,
        seed=seed,
        device=device,
        options=options.data_options(
            task, text_column, label_column, image_column, group_column, label_separator, audio_column
        ),
        out=out,
        overwrite=overwrite,
        epochs=epochs,
        size=size,
        texts=texts,
        reporter=reporter,
    )
    if as_json:
        print_document(made)
    else:
        reporter.show(made)


def _apart(names: str) -> list[str]:
    """By blanks, and by commas where no options follow: these have commas of their own."""
    found = [chunk if ":" in chunk else chunk.split(",") for chunk in names.split()]
    return [name for chunk in found for name in ([chunk] if isinstance(chunk, str) else chunk) if name]


def add_to(app: typer.Typer) -> None:
    add_command(app, "compare", options.with_texts(compare))
