"""Options that several commands share, with their help from the message catalogue."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from injerto.core.messages import say
from injerto.data.locating import locate

if TYPE_CHECKING:
    from injerto.core.sequences import SequenceOptions
    from injerto.workflow.ready import DataOptions

DataArgument = Annotated[Path, typer.Argument(help=say("help.data"), show_default=False, callback=locate)]
JsonOption = Annotated[bool, typer.Option("--json", help=say("help.json"))]
TaskOption = Annotated[str | None, typer.Option("--task", help=say("help.task"))]
TextColumnOption = Annotated[str | None, typer.Option("--text-column", help=say("help.text-column"))]
LabelColumnOption = Annotated[str | None, typer.Option("--label-column", help=say("help.label-column"))]
ImageColumnOption = Annotated[str | None, typer.Option("--image-column", help=say("help.image-column"))]
AudioColumnOption = Annotated[str | None, typer.Option("--audio-column", help=say("help.audio-column"))]
GroupColumnOption = Annotated[str | None, typer.Option("--group-column", help=say("help.group-column"))]
SeparatorOption = Annotated[str | None, typer.Option("--label-separator", help=say("help.label-separator"))]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help=say("help.seed"))]
DeviceOption = Annotated[str, typer.Option("--device", help=say("help.device"))]

PromptColumnOption = Annotated[str | None, typer.Option("--prompt-column", help=say("language.help.prompt-column"))]
ResponseColumnOption = Annotated[
    str | None, typer.Option("--response-column", help=say("language.help.response-column"))
]
SourceColumnOption = Annotated[str | None, typer.Option("--source-column", help=say("language.help.source-column"))]
TargetColumnOption = Annotated[str | None, typer.Option("--target-column", help=say("language.help.target-column"))]
TargetFileOption = Annotated[str | None, typer.Option("--target-file", help=say("language.help.target-file"))]
FromOption = Annotated[str | None, typer.Option("--from", help=say("language.help.from"))]
ToOption = Annotated[str | None, typer.Option("--to", help=say("language.help.to"))]
PrefixOption = Annotated[str | None, typer.Option("--prefix", help=say("language.help.prefix"))]
BlockLengthOption = Annotated[
    int | None, typer.Option("--block-length", min=8, max=8192, help=say("language.help.block-length"))
]


def text_options(
    prompt_column: str | None,
    response_column: str | None,
    source_column: str | None,
    target_column: str | None,
    target_file: str | None,
    source_language: str | None,
    target_language: str | None,
    prefix: str | None = None,
    block_length: int | None = None,
) -> "SequenceOptions":
    """How the texts of a task whose answer is a text are read."""
    from injerto.core.sequences import SequenceOptions

    return SequenceOptions(
        prompt_column=prompt_column,
        response_column=response_column,
        source_column=source_column,
        target_column=target_column,
        target_file=target_file,
        source_language=source_language,
        target_language=target_language,
        prefix=prefix,
        block_length=block_length,
    )


def data_options(
    task: str | None,
    text_column: str | None,
    label_column: str | None,
    image_column: str | None,
    group_column: str | None,
    label_separator: str | None,
    audio_column: str | None = None,
) -> "DataOptions":
    """The record that the workflow takes."""
    from injerto.workflow.ready import DataOptions

    return DataOptions(
        task=task,
        text_column=text_column,
        label_column=label_column,
        image_column=image_column,
        audio_column=audio_column,
        group_column=group_column,
        label_separator=label_separator,
    )
