"""`transcribe`: a recording of any length, written down."""

from pathlib import Path
from typing import TYPE_CHECKING

from injerto.artifacts.model import Model
from injerto.artifacts.transcribing import transcribe as write_letters
from injerto.artifacts.untrained import load_recogniser
from injerto.core.errors import DataError, UsageError
from injerto.core.survey import Modality
from injerto.core.transcript import Transcript
from injerto.data.recordings import AbstractRecording
from injerto.data.text_encoding import read_text_file
from injerto.data.unlabelled import read_inputs
from injerto.tasks.word_model import WordModel
from injerto.workflow.device import choose_device

if TYPE_CHECKING:
    from injerto.artifacts.sequence_model import SequenceModel


def transcribe(
    model: "str | Path | Model | SequenceModel",
    recording: object,
    *,
    beam: int = 0,
    words: str | Path | None = None,
    language: str | None = None,
    device: str = "auto",
) -> Transcript:
    """What is said in a recording, cut at its silences, with the times of passages and, letter by letter, of words.

    Args:
        model: folder of a model of the task `speech-recognition` or `dictation`, or the model; or a recogniser as it
            was published, by folder or `hf:OWNER/NAME`, which writes with its own letters or decoder.
        recording: a file, or a pair (samples, rate).
        beam: transcripts that are followed at once; 0 takes the likeliest letter of every frame.
        words: a text file, a sentence a line, in whose words the transcript is looked for.
        language: which one is spoken, for a model that knows several; None takes the one that it hears.
        device: see `fit`.

    Raises:
        UsageError: the model writes no text, or has no use for `words` or `language`.
        DataError: the recording cannot be read.
    """
    loaded = load_recogniser(model, device=choose_device(device)) if isinstance(model, str | Path) else model
    ((name, item), *others) = read_inputs([recording], modality=Modality.AUDIO)
    if others or not isinstance(item, AbstractRecording):
        raise DataError("one-recording", path=recording)
    known = None if words is None else WordModel.of_texts(read_text_file(Path(words))[0].split("\n"))
    return write_down(loaded, item, name=name, beam=beam, words=known, language=language)


def write_down(
    model: "Model | SequenceModel",
    item: AbstractRecording,
    *,
    name: str,
    beam: int = 0,
    words: WordModel | None = None,
    language: str | None = None,
) -> Transcript:
    """What is said in a recording that was read, by either kind of model."""
    if isinstance(model, Model):
        if language is not None:
            raise UsageError("language-by-letters", task=model.task_name)
        return write_letters(model, item, name=name, beam=beam, words=words)
    from injerto.artifacts.dictating import dictate  # Seconds, for transformers.

    if words is not None:
        raise UsageError("words-by-decoder", task=model.task_name)
    return dictate(model, item, name=name, beam=beam, language=language)
