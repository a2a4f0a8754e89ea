"""Which column holds the text or image, the label, the group and the split: by name, else by content."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, final

import numpy as np
from PIL import Image

from injerto.core.errors import DataError, UsageError
from injerto.core.messages import say
from injerto.core.survey import Modality
from injerto.data.draft import ReadingOptions, join_names
from injerto.data.image_formats import REFUSED_SUFFIXES, SUFFIXES
from injerto.data.split_names import split_named
from injerto.data.table import Table, is_missing

_SAMPLE: Final = 200

# Tiers of usual names. The first tier with a match decides, and must have exactly one.
_TEXT: Final = (
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
_LABEL: Final = (
    "label labels etiqueta etiquetas",
    "category categories class classes target sentiment intent emotion clase categoria sentimiento",
    "topic genre tag tags species y",
)
_GROUP: Final = (
    "group group_id grupo",
    "subject subject_id speaker speaker_id patient patient_id patientid sujeto hablante paciente",
)
_SPLIT: Final = ("split partition particion",)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnChoice:
    """The column of each role, and sentences about choices that were not obvious."""

    modality: Modality
    inputs: tuple[str, ...]
    label: str | None
    group: str | None = None
    split: str | None = None
    notes: tuple[str, ...] = ()

    def roles(self) -> dict[str, str]:
        """Column name to role, as the survey shows it."""
        pairs = [(name, self.modality.value) for name in self.inputs]
        pairs += [
            (name, role)
            for name, role in ((self.label, "label"), (self.group, "group"), (self.split, "split"))
            if name is not None
        ]
        return dict(pairs)


def choose_columns(table: Table, options: ReadingOptions, *, labelled: bool = True) -> ColumnChoice:
    """Give each role its column, or raise `UsageError` with the columns there are and the option that decides.

    Only names the user gave, the usual names, and then the content decide. Several text columns are joined only when
    the user names them.
    """
    _check_named(table, options)
    label = options.label_column or (_by_name(table, _LABEL, taken=_named(options)) if labelled else None)
    group = options.group_column or _by_name(table, _GROUP, taken=(*_named(options), label))
    split, notes = _split_column(table, taken=(*_named(options), label, group))
    taken = (*_named(options), label, group, split)
    inputs, modality = _inputs(table, options, taken=taken)
    if inputs is None or (labelled and label is None):
        free = [name for name in table.names if name not in {*taken, *(inputs or ())}]
        inputs, modality, label, by_content = _by_content(table, options, free, inputs, modality, label, labelled)
        notes += by_content
    choice = ColumnChoice(modality=modality, inputs=inputs, label=label, group=group, split=split)
    unused = [name for name in table.names if name not in choice.roles()]
    if unused:
        notes += (say("data.note.columns-unused", columns=join_names(unused)),)
    return ColumnChoice(modality=modality, inputs=inputs, label=label, group=group, split=split, notes=notes)


def looks_like_image(cell: object) -> bool:
    """Whether a cell is an image, an encoded image, or the path of one."""
    if isinstance(cell, str):
        suffix = PurePosixPath(cell.strip().replace("\\", "/")).suffix.lower()
        return (suffix in SUFFIXES or suffix in REFUSED_SUFFIXES) and "\n" not in cell
    if isinstance(cell, dict):
        return bool({"bytes", "path"} & set(cell))
    return isinstance(cell, bytes | Path | Image.Image) or (isinstance(cell, np.ndarray) and cell.ndim in (2, 3))


def holds_images(cells: Sequence[Any]) -> bool:
    """Whether nine of ten cells of the first two hundred look like images."""
    sample = [cell for cell in cells[:_SAMPLE] if not is_missing(cell)]
    return bool(sample) and sum(map(looks_like_image, sample)) >= 0.9 * len(sample)


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
    names = (*options.text_columns, options.image_column, options.label_column, options.group_column)
    return tuple(name for name in names if name is not None)


def _check_named(table: Table, options: ReadingOptions) -> None:
    for name in _named(options):
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


def _by_name(table: Table, tiers: Sequence[str], *, taken: Sequence[str | None]) -> str | None:
    found = _matches(table, tiers, taken)
    return found[0] if len(found) == 1 else None


def _split_column(table: Table, *, taken: Sequence[str | None]) -> tuple[str | None, tuple[str, ...]]:
    name = _by_name(table, _SPLIT, taken=taken)
    if name is None or table.split is not None:
        return None, ()
    odd = next((cell for cell in table.columns[name] if not isinstance(cell, str) or split_named(cell) is None), "")
    if odd != "":
        return None, (say("data.note.split-column-ignored", column=name, value=odd),)
    return name, ()


def _inputs(
    table: Table, options: ReadingOptions, *, taken: Sequence[str | None]
) -> tuple[tuple[str, ...] | None, Modality]:
    """The input columns by the user's word or by name; the modality is a guess where there are none."""
    if options.text_columns:
        return options.text_columns, Modality.TEXT
    if options.image_column:
        return (options.image_column,), Modality.IMAGE
    texts = [name for name in _matches(table, _TEXT, taken) if not holds_images(table.columns[name])]
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
    modality = Modality.IMAGE if images else Modality.TEXT
    return tuple(texts or images) or None, options.modality or modality


def _by_content(
    table: Table,
    options: ReadingOptions,
    free: list[str],
    inputs: tuple[str, ...] | None,
    modality: Modality,
    label: str | None,
    labelled: bool,
) -> tuple[tuple[str, ...], Modality, str | None, tuple[str, ...]]:
    """Fill the missing roles where exactly as many columns are left as roles."""
    num_missing = (inputs is None) + (labelled and label is None)
    candidates = [name for name in free if not _matches_other_role(table, name)] if len(free) > num_missing else free
    if len(candidates) != num_missing:
        if inputs is None and labelled and label is None:
            raise unclear(table, "input", "--text-column or --image-column, and --label-column")
        if inputs is None:
            raise unclear(table, "input", "--text-column or --image-column")
        raise unclear(table, "label", "--label-column")
    if inputs is not None:
        return inputs, modality, candidates[0], ()
    if labelled and label is None:
        first, second = candidates
        chosen = first if _input_score(table, first) >= _input_score(table, second) else second
        label = second if chosen == first else first
        _check_header(table, chosen, label)
        if _input_score(table, chosen) < 2 * _input_score(table, label):
            raise unclear(table, "input", "--text-column or --image-column, and --label-column")
    else:
        chosen = candidates[0]
    is_image = options.modality is not Modality.TEXT and holds_images(table.columns[chosen])
    if options.modality is Modality.IMAGE and not is_image:
        raise unclear(table, "image", "--image-column")
    if not is_image and not any(isinstance(cell, str) for cell in table.columns[chosen][:_SAMPLE]):
        raise unclear(table, "input", "--text-column or --image-column")
    role = "image" if is_image else "text"
    note = say("data.note.columns-by-content", text=chosen, role=say(f"data.role.{role}"), label=label)
    return (chosen,), Modality.IMAGE if is_image else Modality.TEXT, label, (note,) if labelled else ()


def _matches_other_role(table: Table, name: str) -> bool:
    """Columns that are surely neither input nor label: row numbers without a name, ids."""
    return name.strip().lower() in {"id", "index", "idx", "uid", "unnamed: 0", "column 1", "date", "timestamp"}


def _input_score(table: Table, name: str) -> float:
    """How much a column looks like an input rather than a label: images first, else the mean length of its text."""
    cells = table.columns[name]
    if holds_images(cells):
        return 1e9
    lengths = [len(cell) for cell in cells[:_SAMPLE] if isinstance(cell, str)]
    return sum(lengths) / len(lengths) if lengths else 0.0


def _check_header(table: Table, text: str, label: str) -> None:
    """Raise where the header is itself a row: its label occurs among the labels below."""
    if label in {cell.strip() for cell in table.columns[label] if isinstance(cell, str)} or looks_like_image(text):
        raise DataError("header-missing", path=table.source, names=join_names(table.names))
