"""`injerto cache`, `injerto cache verify`, `injerto cache prune --max-gb 5`."""

from typing import Annotated

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.errors import UsageError
from injerto.core.messages import say

POSITION = 12


def cache(
    action: Annotated[str, typer.Argument(help=say("help.cache-action"))] = "list",
    max_gb: Annotated[float | None, typer.Option("--max-gb", min=0, help=say("help.max-gb"))] = None,
    as_json: options.JsonOption = False,
) -> None:
    from injerto.activations.store import ActivationStore
    from injerto.cli.console import make_console
    from injerto.cli.documents import print_document
    from injerto.cli.rendering.entries import render_entries

    store = ActivationStore()
    console = make_console()
    if action == "list":
        entries = store.list_entries()
        if as_json:
            listed = [entry.model_dump(mode="json") for entry in entries]
            print_document({"folder": str(store.folder), "entries": listed})
            return
        for part in render_entries(entries, folder=store.folder):
            console.print(part)
    elif action == "verify":
        removed = [str(path) for path in store.verify()]
        if as_json:
            print_document({"removed": removed})
        else:
            console.print(say("cache.verified", number=len(removed)))
    elif action == "prune":
        if max_gb is None:
            raise UsageError("prune-size")
        freed = store.prune(max_bytes=int(max_gb * 1e9))
        if as_json:
            print_document({"freed_bytes": freed})
        else:
            console.print(say("cache.pruned", size=f"{freed / 1e6:.1f}"))
    else:
        raise UsageError("cache-action", action=action)


def add_to(app: typer.Typer) -> None:
    add_command(app, "cache", cache)
