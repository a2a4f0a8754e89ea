"""`injerto report MODEL`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.messages import say
from injerto.data.locating import locate

POSITION = 8


def report(
    model: Annotated[Path, typer.Argument(help=say("help.model"), show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", help=say("help.report-out"))] = None,
    data: Annotated[Path | None, typer.Option("--data", help=say("help.report-data"))] = None,
    group: Annotated[list[str] | None, typer.Option("--group", help=say("help.report-group"))] = None,
    text_column: options.TextColumnOption = None,
    label_column: options.LabelColumnOption = None,
    image_column: options.ImageColumnOption = None,
    audio_column: options.AudioColumnOption = None,
    group_column: options.GroupColumnOption = None,
    label_separator: options.SeparatorOption = None,
    texts: Any = None,
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import ConsoleReporter, make_console
    from injerto.cli.documents import print_document

    # Only data need these, and the rooms that read them take seconds to import.
    given = (text_column, label_column, image_column, group_column, label_separator)
    asked = None if data is None else options.data_options(None, *given, audio_column)
    written = injerto.report(
        model,
        out,
        data=None if data is None else locate(data),
        groups=group or [],
        options=asked,
        texts=texts,
        reporter=ConsoleReporter(as_json=as_json),
    )
    size = written.stat().st_size
    if as_json:
        print_document({"model": str(model), "report": str(written), "num_bytes": size})
    else:
        make_console().print(say("report.done", path=written, size=f"{size / 1000:.0f}"))


def add_to(app: typer.Typer) -> None:
    left_out = ("source_language", "target_language", "prefix", "block_length")  # The model knows them.
    add_command(app, "report", options.with_texts(report, leave=left_out))
