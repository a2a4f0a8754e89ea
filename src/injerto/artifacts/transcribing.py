"""A recording of any length, written down: cut at its silences, heard passage by passage, put together with times."""

# T frames, V characters and the blank.

from typing import Final

import numpy as np

from injerto.artifacts.model import Model
from injerto.core.errors import UsageError
from injerto.core.transcript import Passage, Transcript, Word
from injerto.data.arrays import Floats
from injerto.data.recordings import AbstractRecording, RecordingArray
from injerto.data.silences import find_passages
from injerto.tasks.ctc_alignment import align
from injerto.tasks.ctc_beam import BeamSearch
from injerto.tasks.word_model import WordModel

_LONGEST_SECONDS: Final = 20.0


def transcribe(
    model: Model, item: AbstractRecording, *, name: str, beam: int = 0, words: WordModel | None = None
) -> Transcript:
    """What is said, with the times of every word.

    Args:
        model: of the task `speech-recognition`.
        item: the recording.
        name: what the result calls it.
        beam: transcripts that are followed at once; 0 takes the likeliest character of every frame.
        words: a model of the words to expect; it asks for a beam.

    Raises:
        UsageError: the model writes no text.
        DataError: the recording cannot be read.
    """
    if not model.task.writes_text:
        raise UsageError("model-writes-no-text", task=model.task_name)
    sound = item.read()
    width = beam or (16 if words is not None else 0)
    search = BeamSearch(labels=model.labels, width=width, words=words) if width else None
    passages = []
    for start, end in find_passages(sound, longest_seconds=_LONGEST_SECONDS):
        first, stop = (round(time * sound.sample_rate_hz) for time in (start, end))
        part = RecordingArray(sound.samples[first:stop], sound.sample_rate_hz, name)
        passages.append(_hear(model, part, start, end, search))
    text = " ".join(passage.text for passage in passages if passage.text)
    return Transcript(input=name, seconds=sound.seconds, text=text, passages=tuple(passages))


def _hear(model: Model, part: RecordingArray, start: float, end: float, search: BeamSearch | None) -> Passage:
    scores_TV = model.scores([part])[0].double().numpy() / model.temperature
    log_likely_TV = scores_TV - np.logaddexp.reduce(scores_TV, axis=1, keepdims=True)
    characters = search.search(log_likely_TV) if search is not None else _collapse(log_likely_TV)
    seconds = (end - start) / len(log_likely_TV)
    words = tuple(_words(model.labels, characters, log_likely_TV, start, seconds))
    return Passage(
        start=start,
        end=end,
        text=" ".join(word.text for word in words),
        confidence=min((word.confidence for word in words), default=0.0),
        words=words,
    )


def _collapse(log_likely_TV: Floats) -> tuple[int, ...]:
    blank = log_likely_TV.shape[1] - 1
    best = log_likely_TV.argmax(axis=1)
    changed = np.concatenate([[True], best[1:] != best[:-1]])
    return tuple(int(character) for character in best[changed & (best != blank)])


def _words(
    labels: tuple[str, ...], characters: tuple[int, ...], log_likely_TV: Floats, start: float, seconds: float
) -> list[Word]:
    found: list[Word] = []
    spelt: list[tuple[str, int, int, float]] = []

    def close() -> None:
        if spelt:
            found.append(
                Word(
                    text="".join(one[0] for one in spelt),
                    start=round(start + spelt[0][1] * seconds, 3),
                    end=round(start + (spelt[-1][2] + 1) * seconds, 3),
                    confidence=min(1.0, min(one[3] for one in spelt)),
                )
            )
            spelt.clear()

    for character, (first, last, likely) in zip(characters, align(log_likely_TV, characters), strict=True):
        if labels[character] == " ":
            close()
        else:
            spelt.append((labels[character], first, last, likely))
    close()
    return found
