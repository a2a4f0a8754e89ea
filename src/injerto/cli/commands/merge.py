"""`injerto merge MODEL --out DIR`."""

from pathlib import Path
from typing import Annotated

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.messages import say

POSITION = 15


def merge(
    model: Annotated[Path, typer.Argument(help=say("help.model"), show_default=False)],
    out: Annotated[Path, typer.Option("--out", help=say("language.help.merge-out"), show_default=False)],
    overwrite: Annotated[bool, typer.Option("--overwrite", help=say("help.overwrite"))] = False,
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.documents import print_document

    folder = injerto.merge(model, out, overwrite=overwrite)
    if as_json:
        print_document({"model": str(model), "merged": str(folder)})
    else:
        typer.echo(say("language.merged", model=model, out=folder))


def add_to(app: typer.Typer) -> None:
    add_command(app, "merge", merge)
