"""What `verify` found, a line for each file that is not as it was written."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from injerto.cli.rendering.tables import cell, count, make_table, sentence
from injerto.core.messages import say
from injerto.core.verification import Verification


def render_verification(found: Verification) -> Iterable[RenderableType]:
    """One line where all is well; else the faulty files, each with what it is."""
    faults = found.faults()
    if not faults:
        yield Text(say("verify.fine", number=found.num_files, size=count(found.num_bytes)), style="green")
        return
    yield Text(say("verify.faulty", model=found.model, number=len(faults)), style="bold red")
    table = make_table(say("verify.file"), say("verify.state"))
    for file in faults:
        table.add_row(cell(file.name), say(f"verify.is-{file.state}"))
    yield table
    yield sentence(say("verify.do"))
