"""What lives in memory: Hugging Face data sets, pandas and polars frames, and pairs (examples, labels).

None of their libraries is imported: an object of theirs brings its own methods.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, final

import numpy as np

from injerto.core.errors import DataError, UsageError
from injerto.core.messages import say
from injerto.core.survey import Modality
from injerto.data.column_content import holds_images
from injerto.data.draft import Draft, ReadingOptions, join_names, make_problem, merge_drafts
from injerto.data.reader import AbstractReader, Match
from injerto.data.readers import readers
from injerto.data.split_names import split_named
from injerto.data.table import Cells, FetchedCells, Table
from injerto.data.table_examples import draft_from_table


@readers.register
@final
class PythonObjects(AbstractReader):
    """Objects become tables; image paths in them are the user's own and may lie anywhere."""

    def match(self, source: object) -> Match:
        if _library(source) in ("pandas", "polars", "datasets") or _is_pair(source):
            return Match.SURE
        return Match.NO

    def read(self, source: object, options: ReadingOptions) -> Draft:
        if _is_pair(source):
            return _read_pair(source, options)
        if isinstance(source, Mapping):
            return _read_splits(source, options)
        return draft_from_table(table_from_object(source), options)


def table_from_object(source: Any) -> Table:
    """A data frame or Hugging Face data set as a table."""
    library, kind = _library(source), type(source).__name__
    if library == "datasets" and kind == "Dataset":
        return _from_dataset(source)
    if library in ("pandas", "polars") and kind == "DataFrame":
        return _from_frame(source)
    raise UsageError("source-type", kind=f"{library}.{kind}")


def _library(source: object) -> str:
    return type(source).__module__.split(".")[0]


def _is_pair(source: object) -> bool:
    return isinstance(source, tuple) and len(source) == 2


def _from_frame(frame: Any) -> Table:
    names = [str(name) for name in frame.columns]
    source = f"the {_library(frame)} DataFrame"
    for name in names:
        if names.count(name) > 1:
            raise DataError("columns-duplicated", path=source, column=name)
    columns = {str(name): frame[name].to_list() for name in frame.columns}
    return Table(source=source, columns=columns, where=lambda row: f"row {row + 1}")


def _from_dataset(dataset: Any) -> Table:
    """Image columns are fetched encoded, one by one, from the memory-mapped file behind the data set."""
    plain = dataset.with_format(None)
    columns: dict[str, Cells] = {}
    label_names: dict[str, tuple[str, ...]] = {}
    for name, feature in dataset.features.items():
        if type(feature).__name__ == "Image":
            encoded = plain.select_columns([name]).cast_column(name, type(feature)(decode=False))
            columns[name] = FetchedCells(len(encoded), partial(_fetch, encoded, name))
        else:
            columns[name] = list(plain[name])
        if names := _class_names(feature):
            label_names[name] = names
    return Table(
        source="the Hugging Face Dataset",
        columns=columns,
        where=lambda row: f"row {row + 1}",
        label_names=label_names,
    )


def _fetch(dataset: Any, name: str, row: int) -> Any:
    return dataset[row][name]


def _class_names(feature: Any) -> tuple[str, ...]:
    """Names of a ClassLabel feature, alone or in a list."""
    if isinstance(feature, list) and feature:
        return _class_names(feature[0])
    if type(feature).__name__ in ("List", "LargeList", "Sequence"):
        return _class_names(feature.feature)
    return tuple(feature.names) if type(feature).__name__ == "ClassLabel" else ()


def _read_splits(source: Mapping[str, Any], options: ReadingOptions) -> Draft:
    drafts: list[Draft] = []
    unknown: list[str] = []
    for name, dataset in source.items():
        split = split_named(name)
        if split is None:
            unknown.append(name)
            continue
        table = table_from_object(dataset)
        where = partial(_row_of_split, name)
        drafts.append(draft_from_table(replace(table, split=split, where=where), options))
    if not drafts:
        raise DataError("split-no-train", source="the Hugging Face DatasetDict", names=join_names(unknown))
    draft = merge_drafts("the Hugging Face DatasetDict", drafts)
    for name in unknown:
        what = say("data.problem.split-unknown", name=name)
        draft.problems.append(make_problem("split-unknown", name, what, "ignored"))
    return draft


def _row_of_split(name: str, row: int) -> str:
    return f"{name}, row {row + 1}"


def _read_pair(source: object, options: ReadingOptions) -> Draft:
    assert isinstance(source, tuple)  # _is_pair() said so
    inputs, labels = map(_as_list, source)
    if len(inputs) != len(labels):
        raise UsageError("lengths-differ", num_inputs=len(inputs), num_labels=len(labels))
    modality = options.modality or (Modality.IMAGE if holds_images(inputs) else Modality.TEXT)
    table = Table(
        source="the given examples",
        columns={"inputs": inputs, "labels": labels},
        where=lambda row: f"example {row + 1}",
    )
    named = ReadingOptions(
        modality=modality,
        text_columns=("inputs",) if modality is Modality.TEXT else (),
        image_column="inputs" if modality is Modality.IMAGE else None,
        label_column="labels",
        label_separator=options.label_separator,
    )
    draft = draft_from_table(table, named)
    if isinstance(source[1], np.ndarray) and source[1].ndim == 2:
        draft.notes.append(say("data.note.numbered-labels"))
    return draft


def _as_list(values: Any) -> list[Any]:
    """The values one by one; a 0/1 matrix of labels becomes lists of label numbers, pixel arrays stay arrays."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise UsageError("source-type", kind=f"({type(values).__name__}, …)")
    if not isinstance(values, np.ndarray):
        return list(values)
    if values.ndim == 2 and values.dtype.kind in "iub" and set(np.unique(values).tolist()) <= {0, 1}:
        return [np.flatnonzero(row).tolist() for row in values]
    return list(values) if values.ndim > 1 else values.tolist()
