"""The one door to labelled data: a path or an object comes in, checked examples go out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from injerto.core.errors import DataError, UsageError
from injerto.core.messages import say
from injerto.core.progress import Reporter, Silent
from injerto.core.survey import Modality
from injerto.data.content_check import check_contents
from injerto.data.draft import Draft, ReadingOptions
from injerto.data.fault_limits import check_fault_limits
from injerto.data.label_checks import collect_labels, find_label_problems
from injerto.data.labelled import LabelledData
from injerto.data.locating import locate
from injerto.data.readers import find_reader


def read_data(
    source: Any,
    *,
    task: str | None = None,
    text_column: str | Sequence[str] | None = None,
    label_column: str | None = None,
    image_column: str | None = None,
    audio_column: str | None = None,
    group_column: str | None = None,
    label_separator: str | None = None,
    attribute_columns: Sequence[str] = (),
    on_bad: Literal["skip", "stop"] = "skip",
    check: bool = True,
    to_learn: bool = True,
    reporter: Reporter = Silent(),  # noqa: B008 - it holds no state
) -> LabelledData:
    """Read labelled images, texts or recordings.

    Examples that cannot be used are skipped and listed as problems while they are few: at most 1 % of all (3 are
    always allowed) and at most 20 % of a class (1 is always allowed, unless it is all there is).

    Args:
        source: a folder with a sub-folder per class, optionally below `train`, `val` and `test`; a CSV, TSV, JSON
            Lines or Parquet file, or a folder of them named after splits; a Hugging Face Dataset or DatasetDict; a
            pandas or polars DataFrame; or a pair (examples, labels).
        task: name of the task; its first word, `image`, `text`, `audio` or `speech`, settles what an ambiguous source
            holds.
        text_column: the column that holds the text; several, also as `title,description`, are joined by a space.
        label_column: the column that holds the label. A cell that is a list, or text that is a JSON list, gives an
            example several labels.
        image_column: the column that holds images or their paths, relative to the table.
        audio_column: the column that holds recordings or their paths; for `speech-recognition`, `text_column` holds
            what is said.
        group_column: the column of subjects, speakers or sites that must not be in two splits.
        label_separator: what separates several labels in one cell, such as `|`.
        attribute_columns: columns of a table that are read beside the rest and change neither splits nor training.
        on_bad: `skip` examples that cannot be used, or `stop` at the first.
        check: decode every image and recording once, to find the damaged ones now rather than during training.
        to_learn: refuse labels from which nothing can be learnt, such as one alone; a model can be judged by them.
        reporter: told of the progress.

    Raises:
        DataError: the data cannot be used; names file and row.
        UsageError: the columns are not clear by themselves, or a named one does not exist.
    """
    options = ReadingOptions(
        modality=_modality_of(task),
        text_columns=column_names(text_column),
        label_column=label_column,
        image_column=image_column,
        audio_column=audio_column,
        transcribed=None if task is None else task.startswith("speech"),
        group_column=group_column,
        label_separator=label_separator,
        attribute_columns=tuple(attribute_columns),
    )
    source = locate(source)
    reader = find_reader(source)
    if reader is None:
        raise _unreadable(source)
    draft = reader.read(source, options)
    if options.attribute_columns and not all(example.attributes for example in draft.examples):
        raise UsageError("attributes-without-table", source=draft.source, names=", ".join(options.attribute_columns))
    _check_modality(draft, options)
    if on_bad == "stop" and draft.faults:
        raise draft.faults[0].error
    if check and draft.modality is not Modality.TEXT:
        check_contents(draft, stop=on_bad == "stop", reporter=reporter)
    check_fault_limits(draft)
    labels = collect_labels(draft, to_learn=to_learn)
    return LabelledData(
        source=draft.source,
        modality=draft.modality,
        examples=tuple(draft.examples),
        labels=labels,
        multi_label=draft.multi_label,
        transcribed=draft.transcribed,
        columns=draft.columns,
        problems=(*(fault.problem() for fault in draft.faults), *draft.problems, *find_label_problems(draft)),
        notes=tuple(draft.notes),
        num_skipped=len(draft.faults),
    )


def _modality_of(task: str | None) -> Modality | None:
    if task and task.startswith("speech"):
        return Modality.AUDIO
    return next((modality for modality in Modality if task and task.startswith(modality.value)), None)


def column_names(names: str | Sequence[str] | None) -> tuple[str, ...]:
    """Column names given one by one or as `title,description`."""
    if names is None:
        return ()
    return tuple(name.strip() for name in names.split(",")) if isinstance(names, str) else tuple(names)


def _check_modality(draft: Draft, options: ReadingOptions) -> None:
    if options.modality is not None and options.modality is not draft.modality:
        raise UsageError(
            "modality-mismatch",
            source=draft.source,
            found=say(f"data.role.{draft.modality}"),
            needed=say(f"data.role.{options.modality}"),
        )


def _unreadable(source: Any) -> DataError | UsageError:
    if not isinstance(source, Path):
        return UsageError("source-type", kind=f"{type(source).__module__}.{type(source).__name__}")
    return DataError("format-unknown", path=source)
