"""Recordings with what is said in them, for a network that writes it down word by word."""

from dataclasses import replace
from typing import Any

from injerto.core.sequences import SequenceOptions
from injerto.data.labelled import LabelledData
from injerto.data.reading import read_data
from injerto.data.recordings import AbstractRecording
from injerto.data.sequences.items import Spoken


def read_spoken(source: Any, options: SequenceOptions) -> LabelledData:
    """The transcripts of `read_data`, labels as they are for `make_splits`; `as_spoken` turns them into examples.

    Raises `DataError` and `UsageError` as `read_data` does for the task `speech-recognition`.
    """
    return read_data(
        source,
        task="speech-recognition",
        text_column=options.text_column,
        audio_column=options.audio_column,
        group_column=options.group_column,
    )


def as_spoken(data: LabelledData) -> LabelledData:
    """Each recording and its transcript as one item; nothing of it is a label."""
    examples = []
    for example in data.examples:
        assert isinstance(example.item, AbstractRecording)
        examples.append(replace(example, item=Spoken(example.item, example.labels[0]), labels=()))
    return replace(data, examples=tuple(examples), labels=(), transcribed=False)
