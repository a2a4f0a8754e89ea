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
    draw: Annotated[Path | None, typer.Option("--draw", help=say("help.draw"))] = None,
    coco: Annotated[Path | None, typer.Option("--coco", help=say("help.coco"))] = None,
    tile: Annotated[int | None, typer.Option("--tile", min=1, help=say("help.tile"))] = None,
    threshold: Annotated[
        float | None, typer.Option("--threshold", min=0, max=1, help=say("help.box-threshold"))
    ] = None,
    prompt: Annotated[str | None, typer.Option("--prompt", help=say("language.help.prompt"))] = None,
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", min=1, max=100_000, help=say("language.help.max-tokens"))
    ] = 128,
    temperature: Annotated[
        float, typer.Option("--temperature", min=0, max=100, help=say("language.help.temperature"))
    ] = 0.8,
    top_k: Annotated[int, typer.Option("--top-k", min=0, help=say("language.help.top-k"))] = 50,
    top_p: Annotated[float, typer.Option("--top-p", min=0.01, max=1, help=say("language.help.top-p"))] = 0.95,
    repetition_penalty: Annotated[
        float, typer.Option("--repetition-penalty", min=0.1, max=10, help=say("language.help.repetition-penalty"))
    ] = 1.0,
    seed: options.SeedOption = 0,
    source_column: options.SourceColumnOption = None,
    beams: Annotated[int, typer.Option("--beams", min=1, max=64, help=say("language.help.beams"))] = 4,
    out: Annotated[Path | None, typer.Option("--out", help=say("language.help.out"))] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=say("help.overwrite"))] = False,
    device: options.DeviceOption = "auto",
    as_json: options.JsonOption = False,
) -> None:
    from injerto.artifacts.detecting import detect
    from injerto.artifacts.inspecting import is_sequence_artifact
    from injerto.artifacts.loading import load_artifact
    from injerto.artifacts.model import Model
    from injerto.cli.console import ConsoleReporter, make_console
    from injerto.cli.documents import print_document
    from injerto.cli.rendering.predictions import render_detections, render_predictions
    from injerto.cli.rendering.tables import sentence
    from injerto.core.atomic import check_free
    from injerto.core.sequences import Sampling
    from injerto.core.survey import Modality
    from injerto.data.items import Text
    from injerto.data.unlabelled import read_inputs
    from injerto.deploy.exported import ExportedModel, is_exported, load_exported
    from injerto.tasks.task import Prediction
    from injerto.workflow.device import choose_device
    from injerto.workflow.pictures import draw_detections, write_coco

    if draw is not None:
        check_free(draw, overwrite=overwrite)
    if not inputs and not text and prompt is None:
        raise UsageError("nothing-to-predict")
    if is_sequence_artifact(model):
        from injerto.artifacts.sequence_loading import load_sequence_artifact  # Seconds, for transformers.
        from injerto.cli.writing import Writing

        writer = load_sequence_artifact(model, device=choose_device(device))
        sampling = Sampling(
            max_tokens=max_tokens,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            repetition_penalty=repetition_penalty,
            seed=seed,
        )
        writing = Writing(writer, out=out, overwrite=overwrite, as_json=as_json)
        texts = [*(text or []), *([prompt] if prompt is not None else [])]
        paths = [Path(entry) for entry in inputs or []]
        column = source_column or text_column
        written = writing.run(paths, texts, column=column, sampling=sampling, num_beams=beams)
        if as_json:
            print_document({"model": str(model), "predictions": written})
        return
    loaded: Model | ExportedModel
    loaded = load_exported(model) if is_exported(model) else load_artifact(model, device=choose_device(device))
    if prompt is not None:
        raise UsageError("prompt-for-labels", model=model, task=loaded.task_name)
    if out is not None:
        raise UsageError("task-no-option", option="--out", task=loaded.task_name)
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
    if loaded.finds_boxes:
        loaded.threshold = loaded.threshold if threshold is None else threshold
        found = detect(loaded, [item for _, item in named], tile=tile, reporter=ConsoleReporter(as_json=as_json))
        if coco is not None:
            write_coco([name for name, _ in named], found, loaded.labels, coco)
        if draw is not None:
            draw_detections(named, found, loaded.labels, draw, overwrite=overwrite)
        predictions = list[Prediction](found)
    elif any(asked is not None for asked in (draw, coco, tile, threshold)):
        raise UsageError("boxes-of-labels", task=loaded.task_name)
    else:
        predictions = loaded.predict_items([item for _, item in named])
    pairs = [(name, prediction) for (name, _), prediction in zip(named, predictions, strict=True)]
    if as_json:
        entries = [{"input": name, **prediction.model_dump(mode="json")} for name, prediction in pairs]
        print_document({"model": str(model), "predictions": entries})
        return
    console = make_console()
    for part in render_detections(pairs) if loaded.finds_boxes else render_predictions(pairs, top=top):
        console.print(part)
    if draw is not None:
        console.print(sentence(say("detection.pictures", path=draw)))


def add_to(app: typer.Typer) -> None:
    add_command(app, "predict", predict)
