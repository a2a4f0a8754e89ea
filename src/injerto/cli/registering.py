"""How a command module puts itself into the program."""

from collections.abc import Callable
from typing import Any

import typer

from injerto.core.messages import say


def add_command(app: typer.Typer, name: str, function: Callable[..., Any]) -> None:
    """Register `function` as `name`, its help and its example from the message catalogue."""
    text = say(f"help.{name}")
    app.command(name, help=text, short_help=text, epilog=say("help.example", line=say(f"example.{name}")))(function)
