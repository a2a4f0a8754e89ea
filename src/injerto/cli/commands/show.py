"""`injerto show DATA --out DIR`."""

from pathlib import Path
from typing import Annotated

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.messages import say

POSITION = 1.5


def show(
    data: options.DataArgument,
    out: Annotated[Path, typer.Option("--out", help=say("help.show-out"), show_default=False)],
    number: Annotated[int, typer.Option("--number", min=1, help=say("help.show-number"))] = 12,
    split: Annotated[str | None, typer.Option("--split", help=say("help.show-split"))] = None,
    seed: options.SeedOption = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=say("help.overwrite"))] = False,
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import ConsoleReporter, make_console
    from injerto.cli.documents import print_document
    from injerto.cli.rendering.tables import sentence

    reporter = ConsoleReporter(as_json=as_json)
    drawn = injerto.show(data, out, number=number, split=split, seed=seed, overwrite=overwrite, reporter=reporter)
    if as_json:
        print_document({"pictures": str(out), "number": drawn})
        return
    make_console().print(sentence(say("detection.shown", number=drawn, path=out)))


def add_to(app: typer.Typer) -> None:
    add_command(app, "show", show)
