"""`transcribe`: a recording of any length, written down."""

from pathlib import Path

from injerto.artifacts.loading import load_artifact
from injerto.artifacts.model import Model
from injerto.artifacts.transcribing import transcribe as write_down
from injerto.core.errors import DataError
from injerto.core.survey import Modality
from injerto.core.transcript import Transcript
from injerto.data.recordings import AbstractRecording
from injerto.data.text_encoding import read_text_file
from injerto.data.unlabelled import read_inputs
from injerto.tasks.word_model import WordModel
from injerto.workflow.device import choose_device


def transcribe(
    model: str | Path | Model,
    recording: object,
    *,
    beam: int = 0,
    words: str | Path | None = None,
    device: str = "auto",
) -> Transcript:
    """What is said in a recording, cut at its silences, with the times of words and passages.

    Args:
        model: folder of a model of the task `speech-recognition`, or the model.
        recording: a file, or a pair (samples, rate).
        beam: transcripts that are followed at once; 0 takes the likeliest letter of every frame.
        words: a text file, a sentence a line, in whose words the transcript is looked for.
        device: see `fit`.

    Raises:
        UsageError: the model writes no text.
        DataError: the recording cannot be read.
    """
    loaded = model if isinstance(model, Model) else load_artifact(Path(model), device=choose_device(device))
    ((name, item), *others) = read_inputs([recording], modality=Modality.AUDIO)
    if others or not isinstance(item, AbstractRecording):
        raise DataError("one-recording", path=recording)
    known = None if words is None else WordModel.of_texts(read_text_file(Path(words))[0].split("\n"))
    return write_down(loaded, item, name=name, beam=beam, words=known)
