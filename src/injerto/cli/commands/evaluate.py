"""`injerto evaluate MODEL DATA`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.messages import say

POSITION = 5


def evaluate(
    model: Annotated[Path, typer.Argument(help=say("help.model"), show_default=False)],
    data: options.DataArgument,
    split: Annotated[str | None, typer.Option("--split", help=say("help.split"))] = None,
    text_column: options.TextColumnOption = None,
    label_column: options.LabelColumnOption = None,
    image_column: options.ImageColumnOption = None,
    audio_column: options.AudioColumnOption = None,
    label_separator: options.SeparatorOption = None,
    texts: Any = None,
    device: options.DeviceOption = "auto",
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import ConsoleReporter
    from injerto.cli.documents import print_document

    reporter = ConsoleReporter(as_json=as_json)
    asked = options.data_options(None, text_column, label_column, image_column, None, label_separator, audio_column)
    result = injerto.evaluate(model, data, split=split, options=asked, device=device, texts=texts, reporter=reporter)
    if as_json:
        print_document(result)
    else:
        reporter.show(result)


def add_to(app: typer.Typer) -> None:
    add_command(app, "evaluate", options.with_texts(evaluate, leave=("prefix", "block_length")))
