"""`injerto inspect DATA`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.errors import UsageError
from injerto.core.messages import say

POSITION = 1


def inspect(
    data: options.DataArgument,
    backbone: Annotated[str | None, typer.Option("--backbone", help=say("help.inspect-backbone"))] = None,
    reference: Annotated[Path | None, typer.Option("--reference", help=say("help.reference"))] = None,
    arch: Annotated[str | None, typer.Option("--arch", help=say("help.arch"))] = None,
    task: options.TaskOption = None,
    text_column: options.TextColumnOption = None,
    label_column: options.LabelColumnOption = None,
    image_column: options.ImageColumnOption = None,
    audio_column: options.AudioColumnOption = None,
    group_column: options.GroupColumnOption = None,
    label_separator: options.SeparatorOption = None,
    texts: Any = None,
    seed: options.SeedOption = 0,
    convert_to: Annotated[str | None, typer.Option("--convert-to", help=say("help.convert-to"))] = None,
    out: Annotated[Path | None, typer.Option("--out", help=say("help.convert-out"))] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=say("help.overwrite"))] = False,
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import ConsoleReporter
    from injerto.cli.documents import print_document

    if (convert_to is None) != (out is None):
        raise UsageError("convert-needs-both")
    reporter = ConsoleReporter(as_json=as_json)
    asked = options.data_options(
        task, text_column, label_column, image_column, group_column, label_separator, audio_column
    )
    if convert_to is not None and out is not None:
        boxes = injerto.convert(data, convert_to, out, options=asked, overwrite=overwrite, reporter=reporter)
        reporter.note("detection.written", number=boxes, format=convert_to, path=out)
    survey = injerto.inspect(
        data,
        backbone=backbone,
        reference=reference,
        options=asked,
        seed=seed,
        arch=arch,
        texts=texts,
        reporter=reporter,
    )
    if as_json:
        print_document(survey)
    else:
        reporter.show(survey)


def add_to(app: typer.Typer) -> None:
    add_command(app, "inspect", options.with_texts(inspect))
