"""Which column holds the text or image, the label, the group and the split: by name, else by content."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from injerto.core.errors import DataError, UsageError
from injerto.core.messages import say
from injerto.core.survey import Modality
from injerto.data.column_content import holds_images, input_score, looks_like_image
from injerto.data.draft import ReadingOptions, join_names
from injerto.data.split_names import split_named
from injerto.data.table import Table

# Tiers of usual names. The first tier with a match decides, and must have exactly one.
TEXT_NAMES: Final = (
    "text texto",
    "sentence review tweet utterance comment message frase oracion reseña resena mensaje comentario",
    "content body document question query sms texts",
    "title description headline titulo descripcion",
)
_IMAGE: Final = (
    "image img imagen photo picture foto",
    "image_path img_path image_file imagefile imagepath image_name img_name image_id",
    "path file filename file_name filepath file_path archivo ruta",
)
LABEL_NAMES: Final = (
    "label labels etiqueta etiquetas",
    "category categories class classes target sentiment intent emotion clase categoria sentimiento",
    "topic genre tag tags species y",
)
GROUP_NAMES: Final = (
    "group group_id grupo",
    "subject subject_id speaker speaker_id patient patient_id patientid sujeto hablante paciente",
)
_SPLIT: Final = ("split partition particion",)
_NEITHER: Final = frozenset({"id", "index", "idx", "uid", "unnamed: 0", "column 1", "date", "timestamp"})


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnChoice:
    """The column of each role, and sentences about choices that were not obvious."""

    modality: Modality
    inputs: tuple[str, ...]
    label: str | None
    group: str | None = None
    split: str | None = None
    start: str | None = None
    end: str | None = None
    """Of recordings: when each begins and ends in its file, in seconds."""
    transcribed: bool = False
    """Whether the label of a recording is what is said in it."""
    notes: tuple[str, ...] = ()

    def with_notes(self, notes: tuple[str, ...]) -> "ColumnChoice":
        """The same with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    def roles(self) -> dict[str, str]:
        """Column name to role, as the survey shows it."""
        pairs = [(name, self.modality.value) for name in self.inputs]
        pairs += [
            (name, role)
            for name, role in (
                (self.label, "transcript" if self.transcribed else "label"),
                (self.group, "group"),
                (self.split, "split"),
                (self.start, "start"),
                (self.end, "end"),
            )
            if name is not None
        ]
        return dict(pairs)


def choose_columns(table: Table, options: ReadingOptions, *, labelled: bool = True) -> ColumnChoice:
    """Give each role its column, or raise `UsageError` with the columns there are and the option that decides.

    Only names the user gave, the usual names, and then the content decide. Several text columns are joined only when
    the user names them.
    """
    check_named(table, options)
    label = options.label_column or (column_by_name(table, LABEL_NAMES, taken=_named(options)) if labelled else None)
    group = options.group_column or column_by_name(table, GROUP_NAMES, taken=(*_named(options), label))
    split, notes = split_column(table, taken=(*_named(options), label, group))
    taken = (*_named(options), label, group, split)
    inputs = _inputs(table, options, taken=taken)
    needs_label = labelled and label is None
    if inputs is None or needs_label:
        beside = () if labelled else _matches(table, LABEL_NAMES, taken)
        free = [name for name in table.names if name not in {*taken, *beside, *(inputs or ())}]
        guessed = inputs is None
        inputs, found = _by_content(table, options, free, inputs=inputs, needs_label=needs_label)
        label = found if needs_label else label
        if guessed and labelled:
            notes += (_content_note(table, options, inputs, label),)
    modality = _modality(table, options, inputs)
    choice = ColumnChoice(modality=modality, inputs=inputs, label=label, group=group, split=split, notes=notes)
    return choice.with_notes(unused_note(table, choice))


def unused_note(table: Table, choice: ColumnChoice) -> tuple[str, ...]:
    """One sentence on the columns that nothing reads; none where there are none."""
    unused = [name for name in table.names if name not in choice.roles()]
    return (say("data.note.columns-unused", columns=join_names(unused)),) if unused else ()


def unclear(table: Table, role: str, option: str) -> UsageError:
    """The error that lists the columns and names the option which decides."""
    return UsageError(
        "columns-unclear",
        source=table.source,
        role=say(f"data.role.{role}"),
        columns=join_names(table.names),
        option=option,
    )


def _named(options: ReadingOptions) -> tuple[str, ...]:
    inputs = (*options.text_columns, options.image_column, options.audio_column)
    names = (*inputs, options.label_column, options.group_column)
    return tuple(name for name in names if name is not None)


def check_columns(table: Table, names: Sequence[str]) -> None:
    """Raise `UsageError` with the nearest name for a column that a table has not."""
    for name in names:
        if name not in table.columns:
            near = difflib.get_close_matches(name, table.names, n=1, cutoff=0.5)
            near = near or [known for known in table.names if known.lower() == name.lower()]
            raise UsageError(
                "column-unknown",
                source=table.source,
                column=name,
                near=f"Did you mean {near[0]!r}? " if near else "",
                columns=join_names(table.names),
            )


def check_named(table: Table, options: ReadingOptions) -> None:
    """Raise `UsageError` for a column that the user names and the table lacks, or for a text and an image column."""
    check_columns(table, (*_named(options), *options.attribute_columns))
    if options.text_columns and options.image_column:
        raise UsageError(
            "modality-unclear",
            source=table.source,
            text=join_names(options.text_columns),
            image=options.image_column,
        )


def _matches(table: Table, tiers: Sequence[str], taken: Sequence[str | None]) -> list[str]:
    free = [name for name in table.names if name not in taken]
    for tier in tiers:
        found = [name for name in free if re.sub(r"[\s-]+", "_", name.strip().lower()) in tier.split()]
        if found:
            return found
    return []


def column_by_name(table: Table, tiers: Sequence[str], *, taken: Sequence[str | None]) -> str | None:
    """The column with a usual name that is not taken; None where there is none or several of a tier."""
    found = _matches(table, tiers, taken)
    return found[0] if len(found) == 1 else None


def split_column(table: Table, *, taken: Sequence[str | None]) -> tuple[str | None, tuple[str, ...]]:
    """The column that names a split in every cell, and notes on one that does not."""
    name = column_by_name(table, _SPLIT, taken=taken)
    if name is None or table.split is not None:
        return None, ()
    odd = next((cell for cell in table.columns[name] if not isinstance(cell, str) or split_named(cell) is None), "")
    if odd != "":
        return None, (say("data.note.split-column-ignored", column=name, value=odd),)
    return name, ()


def _inputs(table: Table, options: ReadingOptions, *, taken: Sequence[str | None]) -> tuple[str, ...] | None:
    """The input columns by the user's word or by name; None where neither tells."""
    if options.text_columns:
        return options.text_columns
    if options.image_column:
        return (options.image_column,)
    texts = [name for name in _matches(table, TEXT_NAMES, taken) if not holds_images(table.columns[name])]
    images = [name for name in _matches(table, _IMAGE, taken) if holds_images(table.columns[name])]
    if options.modality is Modality.TEXT:
        images = []
    elif options.modality is Modality.IMAGE:
        texts = []
    if texts and images:
        raise UsageError("modality-unclear", source=table.source, text=join_names(texts), image=join_names(images))
    if len(texts) > 1:
        raise unclear(table, "text", f"--text-column, for instance --text-column {','.join(texts[:2])} to join two")
    if len(images) > 1:
        raise unclear(table, "image", "--image-column")
    return tuple(texts or images) or None


def _modality(table: Table, options: ReadingOptions, inputs: tuple[str, ...]) -> Modality:
    if options.text_columns or options.modality is Modality.TEXT:
        return Modality.TEXT
    is_image = options.image_column is not None or holds_images(table.columns[inputs[0]])
    return Modality.IMAGE if is_image else Modality.TEXT


def _content_note(table: Table, options: ReadingOptions, inputs: tuple[str, ...], label: str | None) -> str:
    role = say(f"data.role.{_modality(table, options, inputs)}")
    return say("data.note.columns-by-content", text=inputs[0], role=role, label=label)


def _by_content(
    table: Table, options: ReadingOptions, free: list[str], *, inputs: tuple[str, ...] | None, needs_label: bool
) -> tuple[tuple[str, ...], str | None]:
    """Fill the missing roles where exactly as many columns are left as roles; the label is None unless needed."""
    num_missing = (inputs is None) + needs_label
    if len(free) > num_missing:
        free = [name for name in free if name.strip().lower() not in _NEITHER]
    if inputs is not None:
        if len(free) != 1:
            raise unclear(table, "label", "--label-column")
        return inputs, free[0]
    option = "--text-column or --image-column" + (", and --label-column" if needs_label else "")
    if len(free) != num_missing:
        raise unclear(table, "input", option)
    # The stable sort keeps the order of the table between equals.
    chosen, *others = sorted(free, key=lambda name: -input_score(table.columns[name]))
    if others:
        _check_header(table, chosen, others[0])
        if input_score(table.columns[chosen]) < 2 * input_score(table.columns[others[0]]):
            raise unclear(table, "input", option)
    if options.modality is Modality.IMAGE and not holds_images(table.columns[chosen]):
        raise unclear(table, "image", "--image-column")
    if not input_score(table.columns[chosen]):
        raise unclear(table, "input", option)
    return (chosen,), others[0] if others else None


def _check_header(table: Table, text: str, label: str) -> None:
    """Raise where the header is itself a row: its label occurs among the labels below."""
    if label in {cell.strip() for cell in table.columns[label] if isinstance(cell, str)} or looks_like_image(text):
        raise DataError("header-missing", path=table.source, names=join_names(table.names))
