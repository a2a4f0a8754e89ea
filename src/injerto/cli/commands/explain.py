"""`injerto explain CODE`."""

from typing import Annotated

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.messages import say

POSITION = 9


def explain(
    code: Annotated[str | None, typer.Argument(help=say("help.explain-code"), show_default=False)] = None,
    as_json: options.JsonOption = False,
) -> None:
    from injerto.audits.audit import audits
    from injerto.audits.audit import explain as words_of
    from injerto.cli.console import make_console
    from injerto.cli.documents import print_document
    from injerto.cli.rendering.explanation import render_codes, render_explanation

    codes = [code.upper()] if code else [name.partition("-")[0].upper() for name in audits.names()]
    words = {one: words_of(one) for one in codes}
    if as_json:
        print_document({"audits": words})
        return
    console = make_console()
    for part in render_explanation(codes[0], words[codes[0]]) if code else render_codes(words):
        console.print(part)


def add_to(app: typer.Typer) -> None:
    add_command(app, "explain", explain)
