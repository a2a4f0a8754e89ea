"""Standard output for machines: one JSON document with a schema version."""

import json
from typing import Any

import typer

from injerto.core.outcome import SCHEMA_VERSION
from injerto.core.record import Record


def print_document(content: Record | dict[str, Any]) -> None:
    """Print a record, or a plain document, as the only thing on standard output."""
    document = content.model_dump(mode="json") if isinstance(content, Record) else content
    typer.echo(json.dumps({"schema_version": SCHEMA_VERSION, **document}, indent=2, ensure_ascii=False))
