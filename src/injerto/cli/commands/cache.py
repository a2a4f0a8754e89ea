"""`injerto cache`, and its actions: `verify`, `prune --max-gb 5`, `clear`, `export FOLDER`, `import FOLDER`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.errors import UsageError
from injerto.core.messages import say

if TYPE_CHECKING:
    from injerto.activations.store.store import ActivationStore

POSITION = 12


def cache(
    action: Annotated[str, typer.Argument(help=say("help.cache-action"))] = "list",
    folder: Annotated[Path | None, typer.Argument(help=say("help.cache-folder"), show_default=False)] = None,
    max_gb: Annotated[float | None, typer.Option("--max-gb", min=0, help=say("help.max-gb"))] = None,
    as_json: options.JsonOption = False,
) -> None:
    from injerto.activations.store.store import ActivationStore
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
        return
    if action not in _ACTIONS:
        raise UsageError("cache-action", action=action)
    sentence, document = _ACTIONS[action](store, folder, max_gb)
    if as_json:
        print_document(document)
    else:
        console.print(sentence)


def _verify(store: "ActivationStore", folder: Path | None, max_gb: float | None) -> tuple[str, dict[str, Any]]:
    removed = [str(path) for path in store.verify()]
    return say("cache.verified", number=len(removed)), {"removed": removed}


def _prune(store: "ActivationStore", folder: Path | None, max_gb: float | None) -> tuple[str, dict[str, Any]]:
    if max_gb is None:
        raise UsageError("prune-size")
    freed = store.prune(max_bytes=int(max_gb * 1e9))
    return say("cache.pruned", size=f"{freed / 1e6:.1f}"), {"freed_bytes": freed}


def _clear(store: "ActivationStore", folder: Path | None, max_gb: float | None) -> tuple[str, dict[str, Any]]:
    return _prune(store, folder, 0.0)


def _export(store: "ActivationStore", folder: Path | None, max_gb: float | None) -> tuple[str, dict[str, Any]]:
    from injerto.activations.store.transfer import export_entries

    target = _needed(folder, "export")
    number = export_entries(store, target)
    return say("cache.exported", number=number, path=target), {"folder": str(target), "entries": number}


def _import(store: "ActivationStore", folder: Path | None, max_gb: float | None) -> tuple[str, dict[str, Any]]:
    from injerto.activations.store.transfer import import_entries

    source = _needed(folder, "import")
    number = import_entries(store, source)
    return say("cache.imported", number=number, path=source), {"folder": str(source), "examples": number}


def _needed(folder: Path | None, action: str) -> Path:
    if folder is None:
        raise UsageError("cache-folder", action=action)
    return folder


_ACTIONS: dict[str, Callable[["ActivationStore", Path | None, float | None], tuple[str, dict[str, Any]]]] = {
    "verify": _verify,
    "prune": _prune,
    "clear": _clear,
    "export": _export,
    "import": _import,
}


def add_to(app: typer.Typer) -> None:
    add_command(app, "cache", cache)
