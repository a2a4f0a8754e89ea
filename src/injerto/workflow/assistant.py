"""`assistant`: what is said in a recording, or before a microphone, is recognised and acted upon."""

import difflib
import importlib
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

from pydantic import ValidationError

from injerto.artifacts.model import Model
from injerto.core.assistant import Action, ActionTable, Response, Turn
from injerto.core.errors import DataError, UsageError
from injerto.core.survey import Modality
from injerto.data.recordings import AbstractRecording, RecordingArray
from injerto.data.silences import find_passages
from injerto.data.transcripts import normalise_transcript, plain_transcript
from injerto.workflow.transcribe import write_down

if TYPE_CHECKING:
    from injerto.artifacts.sequence_model import SequenceModel

_LONGEST_SECONDS: Final = 10.0
_ALIKE: Final = 0.8
"""Share of letters that a transcript and the name of a command have in common, by difflib's ratio, to be the same."""
_VOICES: Final = ("espeak-ng", "espeak", "say", "spd-say")


def read_actions(path: Path) -> ActionTable:
    """The table in a TOML file; raises `UsageError` naming what is wrong in it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return ActionTable.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError("actions-unfit", path=path, where=where, reason=first["msg"]) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError("actions-unfit", path=path, where="the file", reason=error) from error


@final
@dataclass(kw_only=True)
class Assistant:
    """Hears, decides and acts.

    Args:
        model: of the task `audio-classification`, whose labels are commands, or of `speech-recognition` or `dictation`,
            whose transcripts are compared with the names of the commands.
        table: what to do.
        speak: speaks a line aloud; None takes a voice of the system, where there is one.
    """

    model: "Model | SequenceModel"
    table: ActionTable
    speak: Callable[[str], None] | None = None
    _awake_until: float = field(init=False, default=-1.0)

    def __post_init__(self) -> None:
        if self.model.task.modality is not Modality.AUDIO:
            raise UsageError("assistant-hears-nothing", task=self.model.task_name)
        if not isinstance(self.model, Model) or self.model.task.writes_text:
            return
        known = (*self.table.actions, *([self.table.wake] if self.table.wake else []))
        if foreign := [name for name in known if name not in self.model.labels]:
            names = ", ".join(self.model.labels[:12])
            raise UsageError("action-without-label", name=foreign[0], names=names)

    def hear(self, item: AbstractRecording, *, name: str = "") -> Iterator[Turn]:
        """Everything that is said in a recording, in order, and what was done about it."""
        sound = item.read()
        for start, end in find_passages(sound, longest_seconds=_LONGEST_SECONDS):
            first, stop = (round(time * sound.sample_rate_hz) for time in (start, end))
            part = RecordingArray(sound.samples[first:stop], sound.sample_rate_hz, name)
            heard, command, confidence = self._recognise(part)
            familiarity = self._measure_familiarity(part)
            if familiarity is not None and familiarity < 0:
                command = None
            turn = self._respond(start, end, heard, command, confidence)
            yield turn if familiarity is None else turn.model_copy(update={"familiarity": familiarity})

    def _measure_familiarity(self, part: AbstractRecording) -> float | None:
        """How far a passage is above the least likeness; None for a model that has a label for foreign speech."""
        model = self.model
        if not isinstance(model, Model) or model.familiarity is None or set(model.labels) & set(self.table.unknown):
            return None
        return float(model.familiarity.score(model.features([part]))[0]) - model.familiarity.threshold

    def _recognise(self, part: RecordingArray) -> tuple[str, str | None, float]:
        """What was heard, the command that it is, and how sure that is."""
        if isinstance(self.model, Model) and not self.model.task.writes_text:
            (prediction,) = self.model.predict_items([part])
            label = prediction.label or ""
            return label, None if label in self.table.unknown else label, prediction.probability
        written = write_down(self.model, part, name=part.where)
        confidence = min((passage.confidence for passage in written.passages), default=0.0)
        likeness = {command: _likeness(plain_transcript(written.text), command) for command in self._commands()}
        best = max(likeness, key=lambda command: likeness[command])
        if likeness[best] < _ALIKE:
            return written.text, None, confidence
        return written.text, best, confidence * likeness[best]

    def _commands(self) -> list[str]:
        return list(dict.fromkeys([*self.table.actions, *([self.table.wake] if self.table.wake else [])]))

    def _respond(self, start: float, end: float, heard: str, command: str | None, confidence: float) -> Turn:
        response, output = self._decide(start, end, command, confidence)
        return Turn(
            start=start,
            end=end,
            heard=heard,
            command=command,
            confidence=confidence,
            response=response,
            output=tuple(output),
        )

    def _decide(self, start: float, end: float, command: str | None, confidence: float) -> tuple[Response, list[str]]:
        table = self.table
        if command is None or (command not in table.actions and command != table.wake):
            return Response.UNKNOWN, []
        if confidence < table.threshold:
            return Response.UNSURE, []
        if command == table.wake:
            self._awake_until = end + table.wake_seconds
            return Response.DONE, self._act(table.actions[command]) if command in table.actions else []
        if table.wake is not None and start > self._awake_until:
            return Response.ASLEEP, []
        try:
            return Response.DONE, self._act(table.actions[command])
        except Exception as error:
            # The user's own function: whatever it raises, the assistant goes on and says what it was.
            return Response.FAILED, [f"{type(error).__name__}: {error}"]

    def _act(self, action: Action) -> list[str]:
        output = []
        if action.print is not None:
            output.append(action.print)
        if action.run is not None:
            result = _find_function(action.run)()
            if result is not None:
                output.append(str(result))
        if action.say is not None:
            output.append(action.say)
            (self.speak or speak_aloud)(action.say)
        return output


def speak_aloud(text: str) -> None:
    """By the first voice that the system has; silent where it has none."""
    program = next((found for name in _VOICES if (found := shutil.which(name)) is not None), None)
    if program is not None:
        subprocess.run([program, "--", text], check=False, capture_output=True, timeout=60)


def record_from_microphone(seconds: float, sample_rate_hz: int = 16_000) -> AbstractRecording:
    """So many seconds of sound; raises `UsageError` where there is no microphone or the extra is not installed."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise UsageError("microphone-extra") from error
    try:
        samples = sounddevice.rec(
            round(seconds * sample_rate_hz), samplerate=sample_rate_hz, channels=1, dtype="float32"
        )
        sounddevice.wait()
    except sounddevice.PortAudioError as error:
        raise DataError("microphone-silent", reason=error) from error
    return RecordingArray(samples[:, 0], sample_rate_hz, "the microphone")


def _find_function(name: str) -> Callable[[], object]:
    module, _, function = name.partition(":")
    found: Callable[[], object] = getattr(importlib.import_module(module), function)
    return found


def _likeness(text: str, command: str) -> float:
    if not text:
        return 0.0
    return difflib.SequenceMatcher(None, text, normalise_transcript(command, where=command), autojunk=False).ratio()
