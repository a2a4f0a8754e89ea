"""`injerto mend MODEL DATA --group COLUMN`."""

from pathlib import Path
from typing import Annotated

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.messages import say

POSITION = 9


def mend(
    model: Annotated[Path, typer.Argument(help=say("help.model"), show_default=False)],
    data: options.DataArgument,
    group: Annotated[str, typer.Option("--group", help=say("help.mend-group"), show_default=False)],
    thresholds: Annotated[bool, typer.Option("--thresholds", help=say("help.mend-thresholds"))] = False,
    text_column: options.TextColumnOption = None,
    label_column: options.LabelColumnOption = None,
    image_column: options.ImageColumnOption = None,
    audio_column: options.AudioColumnOption = None,
    group_column: options.GroupColumnOption = None,
    label_separator: options.SeparatorOption = None,
    device: options.DeviceOption = "auto",
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import ConsoleReporter
    from injerto.cli.documents import print_document

    reporter = ConsoleReporter(as_json=as_json)
    given = (text_column, label_column, image_column, group_column, label_separator)
    asked = options.data_options(None, *given, audio_column)
    found = injerto.mend(
        model, data, group=group, thresholds=thresholds, options=asked, device=device, reporter=reporter
    )
    if as_json:
        print_document(found)
    else:
        reporter.show(found)


def add_to(app: typer.Typer) -> None:
    add_command(app, "mend", mend)
