"""What a reader hands over: usable examples, faults, and what it noticed; nothing judged yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

from injerto.core.errors import DataError
from injerto.core.messages import plain, say
from injerto.core.survey import Modality, Problem
from injerto.data.labelled import Example


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingOptions:
    """What the user said about the data; empty where the data must tell by themselves."""

    modality: Modality | None = None
    text_columns: tuple[str, ...] = ()
    label_column: str | None = None
    image_column: str | None = None
    audio_column: str | None = None
    group_column: str | None = None
    label_separator: str | None = None
    attribute_columns: tuple[str, ...] = ()
    """Columns that are read beside the rest and change nothing: what an audit compares groups by."""
    transcribed: bool | None = None
    """Whether the label of a recording is what is said in it; None where the data must tell."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One example that cannot be used, and why."""

    error: DataError
    where: str
    labels: tuple[str, ...] = ()

    def problem(self) -> Problem:
        return make_problem(self.error.key, self.where, self.error.what, "skipped")


@final
@dataclass(kw_only=True, slots=True)
class Draft:
    """The examples of a source before they are checked; readers fill it, `reading` judges it."""

    source: str
    modality: Modality
    examples: list[Example] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    multi_label: bool = False
    transcribed: bool = False
    columns: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def make_problem(code: str, where: str, what: str, action: str, **values: object) -> Problem:
    """A `Problem` whose action is the catalogue text `data.action.ACTION`; `where` becomes one printable line."""
    return Problem(code=code, where=plain(where), what=what, action=say(f"data.action.{action}", **values))


def join_names(names: Sequence[str], *, most: int = 12) -> str:
    """Names as one list for a message, cut after `most`."""
    shown = ", ".join(names[:most])
    return f"{shown}, … ({len(names)} in all)" if len(names) > most else shown


def merge_drafts(source: str, drafts: Sequence[Draft]) -> Draft:
    """The drafts of several splits as one."""
    first = drafts[0]
    for draft in drafts[1:]:
        if draft.modality is not first.modality:
            raise DataError("tables-differ", path=source, first=first.source, second=draft.source)
    return Draft(
        source=source,
        modality=first.modality,
        examples=[example for draft in drafts for example in draft.examples],
        faults=[fault for draft in drafts for fault in draft.faults],
        multi_label=any(draft.multi_label for draft in drafts),
        transcribed=first.transcribed,
        columns=first.columns,
        problems=[problem for draft in drafts for problem in draft.problems],
        notes=list(dict.fromkeys(note for draft in drafts for note in draft.notes)),
    )
