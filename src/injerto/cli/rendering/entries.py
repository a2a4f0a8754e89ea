"""The entries of the activation store."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import RenderableType

from injerto.activations.store.entry import EntryInfo
from injerto.cli.rendering.tables import cell, count, make_table, sentence
from injerto.core.messages import say


def render_entries(entries: Sequence[EntryInfo], *, folder: Path) -> Iterable[RenderableType]:
    """One line an entry, and the sum."""
    if not entries:
        yield sentence(say("cache.empty", folder=folder))
        return
    table = make_table(
        say("cache.backbone"),
        say("cache.point"),
        say("cache.examples"),
        say("cache.size"),
        say("cache.used"),
        numbers=3,
    )
    for entry in entries:
        table.add_row(
            cell(entry.key.title or entry.key.backbone[:12]),
            cell(f"{entry.key.point} {entry.key.pool} {entry.key.precision}"),
            count(entry.num_examples),
            f"{entry.num_bytes / 1e6:.1f} MB",
            f"{entry.seconds_since_use / 3600:.1f} h",
        )
    yield table
    for entry in entries:
        if entry.runs:
            name = f"{entry.key.title or entry.key.backbone[:12]}, {entry.key.point}"
            yield sentence(say("cache.runs", entry=name, runs=", ".join(entry.runs[-3:])))
    total = sum(entry.num_bytes for entry in entries)
    yield sentence(say("cache.total", size=f"{total / 1e6:.1f}", folder=folder))
