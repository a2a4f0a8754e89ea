"""`injerto assistant MODEL --actions FILE`."""

from pathlib import Path
from typing import Annotated

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.errors import UsageError
from injerto.core.messages import say

POSITION = 8


def assistant(
    model: Annotated[Path, typer.Argument(help=say("help.model"), show_default=False)],
    actions: Annotated[Path, typer.Option("--actions", help=say("help.actions"), show_default=False)],
    recordings: Annotated[list[Path] | None, typer.Option("--input", help=say("help.assistant-input"))] = None,
    microphone: Annotated[bool, typer.Option("--microphone", help=say("help.microphone"))] = False,
    seconds: Annotated[float, typer.Option("--seconds", min=0.5, max=30, help=say("help.microphone-seconds"))] = 3.0,
    threshold: Annotated[float | None, typer.Option("--threshold", min=0, max=1, help=say("help.threshold"))] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help=say("help.assistant-quiet"))] = False,
    device: options.DeviceOption = "auto",
    as_json: options.JsonOption = False,
) -> None:
    from injerto.artifacts.untrained import load_recogniser
    from injerto.cli.console import make_console
    from injerto.cli.documents import print_document
    from injerto.cli.rendering.turns import render_turn
    from injerto.core.survey import Modality
    from injerto.data.recordings import AbstractRecording
    from injerto.data.unlabelled import read_inputs
    from injerto.workflow.assistant import Assistant, read_actions, record_from_microphone
    from injerto.workflow.device import choose_device

    if microphone == bool(recordings):
        raise UsageError("assistant-input")
    table = read_actions(actions)
    if threshold is not None:
        table = table.model_copy(update={"threshold": threshold})
    loaded = load_recogniser(model, device=choose_device(device))
    hearing = Assistant(model=loaded, table=table, speak=(lambda text: None) if quiet or as_json else None)
    console = make_console()
    turns = []
    if microphone:
        while typer.prompt(say("assistant.press"), default="", show_default=False, err=True).strip().lower() != "q":
            for turn in hearing.hear(record_from_microphone(seconds)):
                console.print(render_turn(turn))
        return
    for name, item in read_inputs(list(recordings or ()), modality=Modality.AUDIO):
        assert isinstance(item, AbstractRecording)
        for turn in hearing.hear(item, name=name):
            turns.append({"input": name, **turn.model_dump(mode="json")})
            if not as_json:
                console.print(render_turn(turn))
    if as_json:
        print_document({"model": str(model), "turns": turns})
    elif not turns:
        console.print(say("assistant.nothing"))


def add_to(app: typer.Typer) -> None:
    add_command(app, "assistant", assistant)
