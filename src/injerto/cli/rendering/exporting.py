"""What was exported, and how equal it was found."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import RenderableType

from injerto.cli.rendering.tables import count, sentence
from injerto.core.export import ExportRecord
from injerto.core.messages import say


def render_export(record: ExportRecord, out: Path) -> Iterable[RenderableType]:
    """Two lines."""
    equality = record.equality
    yield sentence(say("export.done", path=out / record.file))
    values = {
        "inputs": count(equality.num_inputs),
        "number": count(equality.num_compared),
        "difference": f"{equality.largest_difference:.1g}",
        "tolerated": equality.tolerated_difference,
    }
    if equality.largest_shift is None:
        yield sentence(say("export.equal-labels", **values))
    else:
        yield sentence(say("export.equal-boxes", shift=f"{equality.largest_shift:.2g}", **values))
