"""`injerto transcribe MODEL FILE`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from injerto.cli import options
from injerto.cli.registering import add_command
from injerto.core.errors import UsageError
from injerto.core.messages import say

POSITION = 7

_ENDINGS = {".srt": "srt", ".vtt": "vtt", ".json": "json", ".txt": "text"}


def transcribe(
    model: Annotated[Path, typer.Argument(help=say("help.model"), show_default=False)],
    recording: Annotated[Path, typer.Argument(help=say("help.recording"), show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", help=say("help.transcript-out"))] = None,
    how: Annotated[
        Literal["text", "srt", "vtt", "json"] | None, typer.Option("--format", help=say("help.transcript-format"))
    ] = None,
    beam: Annotated[int, typer.Option("--beam", min=0, max=4096, help=say("help.beam"))] = 0,
    words: Annotated[Path | None, typer.Option("--words", help=say("help.words"))] = None,
    language: Annotated[str | None, typer.Option("--language", help=say("help.spoken-language"))] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=say("help.overwrite-file"))] = False,
    device: options.DeviceOption = "auto",
    as_json: options.JsonOption = False,
) -> None:
    import injerto
    from injerto.cli.console import make_console
    from injerto.cli.documents import print_document
    from injerto.core.atomic import write_file

    if out is not None and out.exists() and not overwrite:
        raise UsageError("transcript-exists", path=out)
    chosen = how or (_ENDINGS.get(out.suffix.lower(), "text") if out is not None else "text")
    heard = injerto.transcribe(model, recording, beam=beam, words=words, language=language, device=device)
    content = {"text": heard.text + "\n", "srt": heard.to_srt(), "vtt": heard.to_vtt(), "json": heard.to_json()}[chosen]
    if out is not None:
        write_file(out, content.encode("utf-8"))
    if as_json:
        print_document(heard)
    elif out is None:
        typer.echo(content, nl=False)
    else:
        number = len(heard.passages)
        make_console().print(say("transcript.written", path=out, number=number, seconds=f"{heard.seconds:.1f}"))


def add_to(app: typer.Typer) -> None:
    add_command(app, "transcribe", transcribe)
