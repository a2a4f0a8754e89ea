"""A recording of any length, written down by a decoder: cut at its silences, put together with the passages' times."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from injerto.artifacts.sequence_model import SequenceModel
from injerto.backbones.sequences.loading import load_sequence_backbone
from injerto.backbones.sequences.whisper import WhisperBackbone
from injerto.core.errors import UsageError
from injerto.core.sequences import SequenceSettings
from injerto.core.transcript import Passage, Transcript
from injerto.data.recordings import AbstractRecording, RecordingArray
from injerto.data.sequences.items import Spoken
from injerto.data.silences import find_passages
from injerto.tasks.named.dictation import Dictation

_LONGEST_SECONDS: Final = 20.0
_HEARD_FOR_LANGUAGE: Final = 3
"""Passages from which a language is told."""


def load_listener(spec: str, *, device: str = "cpu") -> SequenceModel:
    """Whisper as it was published, by folder or name of the hub; the language is told, or heard, later."""
    backbone = load_sequence_backbone(spec, kind="dictation").to(device)
    backbone.eval()
    settings = SequenceSettings(block_length=backbone.contract.max_length)
    return SequenceModel(task_name="dictation", task=Dictation(), backbone=backbone, settings=settings)


def dictate(
    model: SequenceModel, item: AbstractRecording, *, name: str, beam: int = 0, language: str | None = None
) -> Transcript:
    """What is said, with the times of passages; a decoder does not tell those of words.

    Args:
        model: of the task `dictation`.
        item: the recording.
        name: what the result calls it.
        beam: transcripts that are followed at once; 0 takes the likeliest token every time.
        language: which one is spoken, for a model that knows several; None takes the one that it was trained on, or
            the one that it hears.

    Raises:
        UsageError: the model writes down no recordings, or does not know the language.
        DataError: the recording cannot be read.
    """
    listener = model.backbone
    if not isinstance(listener, WhisperBackbone):
        raise UsageError("model-writes-no-text", task=model.task_name)
    sound = item.read()
    times = find_passages(sound, longest_seconds=min(_LONGEST_SECONDS, listener.longest_seconds))
    parts = []
    for start, end in times:
        first, stop = (round(time * sound.sample_rate_hz) for time in (start, end))
        parts.append(RecordingArray(sound.samples[first:stop], sound.sample_rate_hz, name))
    if language is not None:
        spoken = listener.find_language(language)
    else:
        spoken = model.settings.source_language or listener.hear_language(parts[:_HEARD_FOR_LANGUAGE])
    told = replace(model, settings=model.settings.model_copy(update={"source_language": spoken}))
    passages = tuple(_write(told, parts, times, beam or 1))
    text = " ".join(passage.text for passage in passages if passage.text)
    return Transcript(input=name, seconds=sound.seconds, text=text, passages=passages)


def _write(
    model: SequenceModel, parts: Sequence[RecordingArray], times: Sequence[tuple[float, float]], num_beams: int
) -> list[Passage]:
    """Each as sure as its tokens are on average, by their geometric mean."""
    texts = model.dictate(parts, num_beams=num_beams)
    spoken = [Spoken(part, text) for part, text in zip(parts, texts, strict=True)]
    answers = model.answer(spoken, outputs=False, seed=0)
    sure = np.exp(-answers.losses / np.maximum(answers.num_tokens, 1))
    return [
        Passage(start=start, end=end, text=text, confidence=min(1.0, float(confidence)))
        for (start, end), text, confidence in zip(times, texts, sure, strict=True)
    ]
