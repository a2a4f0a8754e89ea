"""Which columns of a table hold recordings, where each begins and ends, and what is said in it."""

from typing import Final

from injerto.core.survey import Modality
from injerto.data.column_choice import (
    GROUP_NAMES,
    LABEL_NAMES,
    TEXT_NAMES,
    ColumnChoice,
    check_named,
    column_by_name,
    split_column,
    unclear,
    unused_note,
)
from injerto.data.column_content import holds_sounds
from injerto.data.draft import ReadingOptions
from injerto.data.table import Table

_SOUND_NAMES: Final = (
    "audio sound recording wav sonido grabacion",
    "audio_path wav_path audio_file audio_filename audio_filepath audio_name",
    "path file filename file_name filepath file_path archivo ruta",
)
_TRANSCRIPT_NAMES: Final = ("transcript transcription transcripcion", *TEXT_NAMES)
_START_NAMES: Final = ("start start_time start_seconds onset inicio",)
_END_NAMES: Final = ("end end_time end_seconds offset fin",)


def choose_sound_columns(table: Table, options: ReadingOptions, *, labelled: bool = True) -> ColumnChoice | None:
    """The columns of a table of recordings; None where it is no such table, or the user asks for another kind.

    Without a task, a table with a transcript and no label is to be transcribed. Raises `UsageError` where the columns
    are unclear.
    """
    sound = _find_sound(table, options)
    if sound is None:
        return None
    check_named(table, options)
    taken = [sound, *options.text_columns, options.label_column, options.group_column]
    label, transcribed = _find_label(table, options, taken) if labelled else (None, False)
    if labelled and label is None:
        raise unclear(table, "label", "--label-column, or --text-column with --task speech-recognition")
    taken.append(label)
    group = options.group_column or column_by_name(table, GROUP_NAMES, taken=taken)
    split, notes = split_column(table, taken=(*taken, group))
    start, end = (column_by_name(table, names, taken=(*taken, group, split)) for names in (_START_NAMES, _END_NAMES))
    choice = ColumnChoice(
        modality=Modality.AUDIO,
        inputs=(sound,),
        label=label,
        group=group,
        split=split,
        start=start,
        end=end,
        transcribed=transcribed,
        notes=notes,
    )
    return choice.with_notes(unused_note(table, choice))


def _find_sound(table: Table, options: ReadingOptions) -> str | None:
    if options.modality not in (None, Modality.AUDIO) or (options.image_column and options.modality is None):
        return None
    if options.audio_column is not None:
        return options.audio_column
    taken = (*options.text_columns, options.label_column, options.group_column)
    holding = [name for name in table.names if name not in taken and holds_sounds(table.columns[name])]
    named = column_by_name(table, _SOUND_NAMES, taken=[name for name in table.names if name not in holding])
    if named is not None or len(holding) == 1:
        return named or holding[0]
    if holding or options.modality is Modality.AUDIO:
        raise unclear(table, "audio", "--audio-column")
    return None


def _find_label(table: Table, options: ReadingOptions, taken: list[str | None]) -> tuple[str | None, bool]:
    """The column, and whether it holds what is said."""
    label = options.label_column
    transcript = options.text_columns[0] if options.text_columns else None
    if options.transcribed:
        return label or transcript or column_by_name(table, _TRANSCRIPT_NAMES, taken=taken), True
    label = label or column_by_name(table, LABEL_NAMES, taken=taken)
    if label is not None or options.transcribed is False:
        return label, False
    transcript = transcript or column_by_name(table, _TRANSCRIPT_NAMES, taken=taken)
    return transcript, transcript is not None
