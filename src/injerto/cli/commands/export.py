"""`injerto export MODEL PICTURE... --out DIR`."""

from pathlib import Path
from typing import Annotated

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.messages import say

POSITION = 9.5


def export(
    model: Annotated[Path, typer.Argument(help=say("help.model"), show_default=False)],
    out: Annotated[Path, typer.Option("--out", help=say("help.export-out"), show_default=False)],
    inputs: Annotated[list[str] | None, typer.Argument(help=say("help.export-inputs"), show_default=False)] = None,
    to: Annotated[str, typer.Option("--to", help=say("help.export-to"))] = "onnx",
    overwrite: Annotated[bool, typer.Option("--overwrite", help=say("help.overwrite"))] = False,
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import make_console
    from injerto.cli.documents import print_document
    from injerto.cli.rendering.exporting import render_export

    record = injerto.export(model, [Path(entry) for entry in inputs or []], out=out, to=to, overwrite=overwrite)
    if as_json:
        print_document(record)
        return
    console = make_console()
    for part in render_export(record, out):
        console.print(part)


def add_to(app: typer.Typer) -> None:
    add_command(app, "export", export)
