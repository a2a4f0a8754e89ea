"""The freeze plan of a phase, as a table that is shown before training starts."""

from collections.abc import Iterable
from itertools import groupby

from rich.console import RenderableType
from rich.text import Text

from injerto.cli.rendering.tables import cell, count, heading, make_table, sentence
from injerto.core.messages import say
from injerto.core.plan import FreezePlan, FreezeRow


def render_freeze_plan(plan: FreezePlan) -> Iterable[RenderableType]:
    """One row a layer group; neighbours that are treated alike and frozen are folded into one row."""
    yield heading(say("freeze.title", phase=plan.phase))
    table = make_table(
        say("freeze.group"),
        say("freeze.state"),
        say("freeze.batch-norm"),
        say("freeze.rate"),
        say("freeze.parameters"),
        numbers=2,
    )
    for _, neighbours in groupby(plan.rows, key=lambda row: "frozen" if not row.trained else row.group):
        rows = list(neighbours)
        table.add_row(*_cells(rows))
    if plan.has_head:
        table.add_row(cell(say("freeze.head")), Text(say("freeze.trained"), style="green"), "none", "", "")
    yield table
    yield sentence(plan.cut)


def _cells(rows: list[FreezeRow]) -> tuple[Text | str, ...]:
    first, last = rows[0], rows[-1]
    name = first.group if len(rows) == 1 else f"{first.group} … {last.group} ({len(rows)})"
    total = sum(row.num_parameters for row in rows)
    modes = {row.batch_norm for row in rows} - {"none"}
    batch_norm = next(iter(modes)) if modes else "none"
    if not first.trained:
        return cell(name), Text(say("freeze.frozen"), style="cyan"), batch_norm, "", count(total)
    share = count(total) if first.num_trained == total else f"{count(first.num_trained)} / {count(total)}"
    return cell(name), Text(say("freeze.trained"), style="green"), batch_norm, f"{first.learning_rate:.1e}", share
