"""`injerto demo`: the whole story on real data that a dependency ships, without a network."""

from pathlib import Path
from typing import Annotated

import typer

from injerto.cli.registering import add_command
from injerto.core.errors import UsageError
from injerto.core.messages import say

POSITION = 18


def demo(
    out: Annotated[Path, typer.Option("--out", help=say("help.demo-out"))] = Path("injerto-demo"),
) -> None:
    import shutil

    import injerto
    from injerto.artifacts.loading import load_artifact
    from injerto.cli.console import ConsoleReporter, make_console
    from injerto.cli.digits import write_digits
    from injerto.cli.rendering.predictions import render_predictions
    from injerto.workflow.device import choose_device

    if out.exists() and not (out / "digits").is_dir():
        raise UsageError("out-not-ours", path=out)
    shutil.rmtree(out / "digits", ignore_errors=True)
    console = make_console()
    console.print(say("demo.intro", folder=out))
    held_out = write_digits(out / "digits")
    injerto.fit(out / "digits", out=out / "model", overwrite=True, reporter=ConsoleReporter())
    model = load_artifact(out / "model", device=choose_device("auto"))
    predictions = model.predict(held_out)
    console.print()
    for part in render_predictions([(str(p), q) for p, q in zip(held_out, predictions, strict=True)], top=3):
        console.print(part)
    page = injerto.report(out / "model", out / "report.html", data=out / "digits")
    console.print(say("demo.report", path=page))
    console.print(say("demo.next", model=out / "model", picture=held_out[0]))


def add_to(app: typer.Typer) -> None:
    add_command(app, "demo", demo)
