"""`injerto audit MODEL [DATA] --group COLUMN`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.errors import GateError
from injerto.core.messages import say
from injerto.data.locating import locate

POSITION = 7


def audit(
    model: Annotated[Path, typer.Argument(help=say("help.model"), show_default=False)],
    data: Annotated[Path | None, typer.Argument(help=say("help.audit-data"), show_default=False)] = None,
    group: Annotated[list[str] | None, typer.Option("--group", help=say("help.audit-group"))] = None,
    fail_under: Annotated[float | None, typer.Option("--fail-under", help=say("help.fail-under"))] = None,
    fail_on: Annotated[
        Literal["info", "warning", "serious"] | None, typer.Option("--fail-on", help=say("help.fail-on"))
    ] = None,
    text_column: options.TextColumnOption = None,
    label_column: options.LabelColumnOption = None,
    image_column: options.ImageColumnOption = None,
    audio_column: options.AudioColumnOption = None,
    group_column: options.GroupColumnOption = None,
    label_separator: options.SeparatorOption = None,
    texts: Any = None,
    device: options.DeviceOption = "auto",
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import ConsoleReporter
    from injerto.cli.documents import print_document

    reporter = ConsoleReporter(as_json=as_json)
    # Only data need these, and the rooms that read them take seconds to import.
    given = (text_column, label_column, image_column, group_column, label_separator)
    asked = None if data is None else options.data_options(None, *given, audio_column)
    found = injerto.audit(
        model,
        None if data is None else locate(data),
        groups=group or [],
        options=asked,
        texts=texts,
        fail_under=fail_under,
        fail_on=fail_on,
        device=device,
        reporter=reporter,
    )
    if as_json:
        print_document(found)
    else:
        reporter.show(found)
    if not found.passed:
        raise typer.Exit(GateError.exit_code)


def add_to(app: typer.Typer) -> None:
    left_out = ("source_language", "target_language", "prefix", "block_length")  # The model knows them.
    add_command(app, "audit", options.with_texts(audit, leave=left_out))
