"""`injerto fit DATA --out DIR`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.arithmetic import Arithmetic
from injerto.core.messages import say

POSITION = 4


def fit(
    data: options.DataArgument,
    out: Annotated[Path, typer.Option("--out", help=say("help.out"), show_default=False)],
    plan: Annotated[Path | None, typer.Option("--plan", help=say("help.plan-file"))] = None,
    task: options.TaskOption = None,
    backbone: Annotated[str | None, typer.Option("--backbone", help=say("help.backbone"))] = None,
    strategy: Annotated[str | None, typer.Option("--strategy", help=say("help.strategy"))] = None,
    budget: Annotated[str | None, typer.Option("--budget", help=say("help.fit-budget"))] = None,
    backbones: Annotated[str | None, typer.Option("--backbones", help=say("help.backbones-list"))] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help=say("help.epochs"))] = None,
    seed: options.SeedOption = 0,
    device: options.DeviceOption = "auto",
    arch: Annotated[str | None, typer.Option("--arch", help=say("help.arch"))] = None,
    size: Annotated[int | None, typer.Option("--size", help=say("help.size"))] = None,
    text_column: options.TextColumnOption = None,
    label_column: options.LabelColumnOption = None,
    image_column: options.ImageColumnOption = None,
    audio_column: options.AudioColumnOption = None,
    group_column: options.GroupColumnOption = None,
    label_separator: options.SeparatorOption = None,
    texts: Any = None,
    prompt: Annotated[str | None, typer.Option("--prompt", help=say("language.help.fit-prompt"))] = None,
    translate: Annotated[Path | None, typer.Option("--translate", help=say("language.help.fit-translate"))] = None,
    standalone: Annotated[bool, typer.Option("--standalone", help=say("help.standalone"))] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=say("help.overwrite"))] = False,
    controls: Annotated[
        Literal["affordable", "all"], typer.Option("--controls", help=say("help.controls"))
    ] = "affordable",
    no_fallback: Annotated[bool, typer.Option("--no-fallback", help=say("help.no-fallback"))] = False,
    no_cache: Annotated[bool, typer.Option("--no-cache", help=say("help.no-cache"))] = False,
    arithmetic: Annotated[Arithmetic | None, typer.Option("--arithmetic", help=say("help.arithmetic"))] = None,
    max_latency: options.LatencyLimitOption = None,
    max_memory: options.MemoryLimitOption = None,
    commercial: options.CommercialOption = False,
    data_license: Annotated[str | None, typer.Option("--data-license", help=say("help.data-license"))] = None,
    watts: Annotated[float | None, typer.Option("--watts", min=0.1, help=say("help.watts"))] = None,
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import ConsoleReporter
    from injerto.cli.documents import print_document

    asked = options.data_options(
        task, text_column, label_column, image_column, group_column, label_separator, audio_column
    )
    after = None
    if prompt is not None or translate is not None:
        from injerto.cli.afterwards import Afterwards
        from injerto.workflow.fit import named_task

        task = named_task(asked, plan)
        after = Afterwards(task, out=out, prompt=prompt, translate=translate, texts=texts, overwrite=overwrite)
    run = injerto.fit(
        data,
        plan,
        backbone=backbone,
        strategy=strategy,
        backbones=[name.strip() for name in (backbones or "").split(",") if name.strip()],
        budget=budget,
        epochs=epochs,
        seed=seed,
        device=device,
        options=asked,
        out=out,
        standalone=standalone,
        overwrite=overwrite,
        arch=arch,
        size=size,
        controls=controls,
        fallback=not no_fallback,
        cache=not no_cache,
        arithmetic=arithmetic,
        texts=texts,
        data_license=data_license,
        watts=watts,
        limits=options.limits(max_latency, max_memory, commercial),
        reporter=ConsoleReporter(as_json=as_json),
    )
    document = run.outcome.model_dump(mode="json") if as_json else {}
    if after is not None:
        assert isinstance(run, injerto.SequenceRun), "other tasks refuse what is to be written"
        document["predictions"] = after.write(run.model, seed=seed, as_json=as_json)
    if as_json:
        print_document(document)


def add_to(app: typer.Typer) -> None:
    add_command(app, "fit", options.with_texts(fit))
