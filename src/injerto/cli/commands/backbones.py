"""`injerto backbones`, `injerto backbones show NAME`, `injerto backbones convert FILE --out FOLDER`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.errors import UsageError
from injerto.core.messages import say

POSITION = 10


def backbones(
    action: Annotated[str | None, typer.Argument(help=say("help.backbones-entry"), show_default=False)] = None,
    name: Annotated[str | None, typer.Argument(help=say("help.show-name"), show_default=False)] = None,
    out: Annotated[Path | None, typer.Option("--out", help=say("help.convert-out"))] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=say("help.overwrite"))] = False,
    as_json: options.JsonOption = False,
) -> None:
    from injerto.backbones.catalogue import find_card, list_cards
    from injerto.cli.console import make_console
    from injerto.cli.documents import print_document
    from injerto.cli.rendering.cards import render_card, render_cards

    console = make_console()
    if action is None:
        cards = list_cards()
        if as_json:
            document: dict[str, Any] = {"backbones": [card.model_dump(mode="json") for card in cards]}
            print_document(document)
            return
        for part in render_cards(cards):
            console.print(part)
        return
    if action == "convert" and name is not None:
        _convert(Path(name), out, overwrite=overwrite, as_json=as_json)
        return
    if action != "show" or name is None:
        raise UsageError("show-form", command="backbones", found=action)
    card = find_card(name)
    if as_json:
        print_document(card)
        return
    for part in render_card(card):
        console.print(part)


def _convert(source: Path, out: Path | None, *, overwrite: bool, as_json: bool) -> None:
    from injerto.backbones.converting.converting import convert_checkpoint
    from injerto.cli.console import make_console
    from injerto.cli.documents import print_document

    if out is None:
        raise UsageError("convert-form")
    backbone = convert_checkpoint(source, out, overwrite=overwrite)
    card, letters = backbone.card, backbone.source_letters
    if as_json:
        print_document({**card.model_dump(mode="json"), "letters": None if letters is None else letters.characters})
        return
    console, parameters = make_console(), f"{card.num_parameters or 0:,}"
    console.print(say("convert.done", path=out, architecture=card.architecture, parameters=parameters))
    if letters is None:
        console.print(say("convert.no-letters"))
    else:
        console.print(say("convert.letters", number=len(letters.characters), path=out))


def add_to(app: typer.Typer) -> None:
    add_command(app, "backbones", backbones)
