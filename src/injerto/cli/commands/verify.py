"""`injerto verify MODEL`."""

from pathlib import Path
from typing import Annotated

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.errors import ModelError
from injerto.core.messages import say

POSITION = 16


def verify(
    model: Annotated[Path, typer.Argument(help=say("help.model"), show_default=False)],
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import make_console
    from injerto.cli.documents import print_document
    from injerto.cli.rendering.verification import render_verification

    found = injerto.verify(model)
    if as_json:
        print_document(found)
    else:
        console = make_console()
        for part in render_verification(found):
            console.print(part)
    if not found.fine:
        raise typer.Exit(ModelError.exit_code)


def add_to(app: typer.Typer) -> None:
    add_command(app, "verify", verify)
