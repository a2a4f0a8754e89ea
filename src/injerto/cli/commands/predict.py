"""`injerto predict MODEL INPUT...`."""

from pathlib import Path
from typing import Annotated

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.errors import UsageError
from injerto.core.messages import say

POSITION = 6


def predict(
    model: Annotated[Path, typer.Argument(help=say("help.model"), show_default=False)],
    inputs: Annotated[list[str] | None, typer.Argument(help=say("help.inputs"), show_default=False)] = None,
    text: Annotated[list[str] | None, typer.Option("--text", help=say("help.text"))] = None,
    text_column: options.TextColumnOption = None,
    image_column: options.ImageColumnOption = None,
    audio_column: options.AudioColumnOption = None,
    top: Annotated[int, typer.Option("--top", min=1, help=say("help.top"))] = 3,
    device: options.DeviceOption = "auto",
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import make_console
    from injerto.cli.documents import print_document
    from injerto.cli.rendering.predictions import render_predictions
    from injerto.core.survey import Modality
    from injerto.data.items import Text
    from injerto.data.unlabelled import read_inputs

    if not inputs and not text:
        raise UsageError("nothing-to-predict")
    loaded = injerto.load(model, device=device)
    if text and loaded.modality is not Modality.TEXT:
        raise UsageError("text-for-images", model=model)
    paths = [Path(entry) for entry in inputs or []]
    named = read_inputs(
        paths,
        modality=loaded.modality,
        text_column=text_column,
        image_column=image_column,
        audio_column=audio_column,
    )
    named += [(line, Text(line)) for line in text or []]
    predictions = loaded.predict_items([item for _, item in named])
    pairs = [(name, prediction) for (name, _), prediction in zip(named, predictions, strict=True)]
    if as_json:
        entries = [{"input": name, **prediction.model_dump(mode="json")} for name, prediction in pairs]
        print_document({"model": str(model), "predictions": entries})
        return
    console = make_console()
    for part in render_predictions(pairs, top=top):
        console.print(part)


def add_to(app: typer.Typer) -> None:
    add_command(app, "predict", predict)
