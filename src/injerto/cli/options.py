"""Options that several commands share, with their help from the message catalogue."""

import inspect
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from injerto.core.messages import say
from injerto.data.locating import locate

if TYPE_CHECKING:
    from injerto.core.limits import Limits
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
LatencyLimitOption = Annotated[float | None, typer.Option("--max-latency", min=0.001, help=say("help.max-latency"))]
MemoryLimitOption = Annotated[float | None, typer.Option("--max-memory", min=1, help=say("help.max-memory"))]
CommercialOption = Annotated[bool, typer.Option("--commercial", help=say("help.commercial"))]
DeviceOption = Annotated[str, typer.Option("--device", help=say("help.device"))]

SourceColumnOption = Annotated[str | None, typer.Option("--source-column", help=say("language.help.source-column"))]
_TEXTS: Final[dict[str, Any]] = {
    "prompt_column": Annotated[str | None, typer.Option("--prompt-column", help=say("language.help.prompt-column"))],
    "response_column": Annotated[
        str | None, typer.Option("--response-column", help=say("language.help.response-column"))
    ],
    "source_column": SourceColumnOption,
    "target_column": Annotated[str | None, typer.Option("--target-column", help=say("language.help.target-column"))],
    "target_file": Annotated[str | None, typer.Option("--target-file", help=say("language.help.target-file"))],
    "source_language": Annotated[str | None, typer.Option("--from", help=say("language.help.from"))],
    "target_language": Annotated[str | None, typer.Option("--to", help=say("language.help.to"))],
    "prefix": Annotated[str | None, typer.Option("--prefix", help=say("language.help.prefix"))],
    "block_length": Annotated[
        int | None, typer.Option("--block-length", min=8, max=8192, help=say("language.help.block-length"))
    ],
}
"""An option for each field of `SequenceOptions` that a command line names."""


def with_texts(command: Callable[..., None], *, leave: Collection[str] = ()) -> Callable[..., None]:
    """A command that is given its argument `texts`, a `SequenceOptions`; typer sees one option for each field.

    They stand where `texts` stands; those in `leave` are not offered.
    """
    offered = {name: option for name, option in _TEXTS.items() if name not in leave}
    signature = inspect.signature(command)
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.name == "texts":
            kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
            parameters += [inspect.Parameter(n, kind, default=None, annotation=a) for n, a in offered.items()]
        else:
            parameters.append(parameter)

    def run(**given: Any) -> None:
        from injerto.core.sequences import SequenceOptions

        texts = SequenceOptions(**{name: given.pop(name) for name in offered})
        command(**given, texts=texts)

    # typer reads a command's options from its signature.
    vars(run)["__signature__"] = signature.replace(parameters=parameters)
    return run


def limits(max_latency: float | None, max_memory: float | None, commercial: bool) -> "Limits | None":
    """What the candidates of a search may need; None where nothing was said."""
    from injerto.core.limits import Limits

    if max_latency is None and max_memory is None and not commercial:
        return None
    return Limits(latency_ms=max_latency, memory_mb=max_memory, commercial=commercial)


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
