"""The one door to texts and pairs of texts: a path or an object comes in, checked examples go out."""

from typing import Any

from injerto.core.errors import UsageError
from injerto.core.sequences import SequenceOptions
from injerto.core.survey import Modality
from injerto.data.draft import Draft
from injerto.data.fault_limits import check_fault_limits
from injerto.data.labelled import LabelledData
from injerto.data.sequences.pairs import read_pairs
from injerto.data.sequences.passages import read_passages


def read_sequences(source: Any, options: SequenceOptions, *, pairs: bool) -> tuple[LabelledData, SequenceOptions]:
    """Examples of `read_pairs` or `read_passages`, faulty ones dropped and listed while they are few.

    Returns the data, and the options with what the data said beside them. Raises as the two readers do, and
    `DataError` where more than 1 % of the examples are faulty (3 are always allowed).
    """
    if pairs:
        draft, options = read_pairs(source, options)
    else:
        draft = read_passages(source, options)
    check_fault_limits(draft)
    columns = options.attribute_columns
    if columns and not all(example.attributes for example in draft.examples):
        raise UsageError("attributes-without-table", source=draft.source, names=", ".join(columns))
    return _checked(draft), options


def _checked(draft: Draft) -> LabelledData:
    return LabelledData(
        source=draft.source,
        modality=Modality.TEXT,
        examples=tuple(draft.examples),
        labels=(),
        columns=draft.columns,
        problems=(*(fault.problem() for fault in draft.faults), *draft.problems),
        notes=tuple(dict.fromkeys(draft.notes)),
        num_skipped=len(draft.faults),
    )
