"""Arrow columns as cells, and the class names that Hugging Face keeps in a schema."""

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from injerto.data.table import Cells, FetchedCells


def as_cells(column: Any) -> Cells:
    """A chunked array as Python values; columns with bytes in them are fetched cell by cell."""
    if _holds_bytes(column.type):
        return FetchedCells(len(column), lambda row: column[row].as_py())
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    cells: Cells = column.to_pylist()
    return cells


def read_label_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, tuple[str, ...]]:
    """Class names of each column of class numbers, from the schema metadata under `huggingface`."""
    try:
        info = json.loads((metadata or {}).get(b"huggingface", b"{}"))
        features = info["info"]["features"]
        found = {name: _class_names(feature) for name, feature in features.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}  # Written by someone else: numbers then stay numbers.
    return {name: names for name, names in found.items() if names}


def _class_names(feature: Any) -> tuple[str, ...]:
    """Names of a ClassLabel, alone or in a list; empty for another feature."""
    if isinstance(feature, list) and feature:
        return _class_names(feature[0])
    if not isinstance(feature, dict):
        return ()
    if feature.get("_type") == "ClassLabel":
        return tuple(map(str, feature.get("names", ())))
    return _class_names(feature.get("feature"))


def _holds_bytes(kind: Any) -> bool:
    if pa.types.is_struct(kind):
        return any(_holds_bytes(kind.field(position).type) for position in range(kind.num_fields))
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
