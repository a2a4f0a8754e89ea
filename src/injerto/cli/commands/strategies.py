"""`injerto strategies`, `injerto strategies show NAME`."""

from typing import Annotated

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.errors import UsageError
from injerto.core.messages import say

POSITION = 11


def strategies(
    action: Annotated[str | None, typer.Argument(help=say("help.show-entry"), show_default=False)] = None,
    name: Annotated[str | None, typer.Argument(help=say("help.show-name"), show_default=False)] = None,
    as_json: options.JsonOption = False,
) -> None:
    from injerto.cli.console import make_console
    from injerto.cli.documents import print_document
    from injerto.cli.rendering.strategies import describe_strategy, render_strategies, render_strategy
    from injerto.strategies.strategy import parse_strategy
    from injerto.strategies.strategy import strategies as registry

    console = make_console()
    if action is None:
        kinds = {known: registry.get(known) for known in registry.names()}
        if as_json:
            entries = [{"name": known, "summary": kind.summary, "source": kind.source} for known, kind in kinds.items()]
            print_document({"strategies": entries})
            return
        for part in render_strategies(kinds):
            console.print(part)
        return
    if action != "show" or name is None:
        raise UsageError("show-form", command="strategies", found=action)
    chosen = parse_strategy(name)
    if as_json:
        print_document(describe_strategy(chosen))
        return
    for part in render_strategy(chosen):
        console.print(part)


def add_to(app: typer.Typer) -> None:
    add_command(app, "strategies", strategies)
