"""Examples of tasks whose answer is a text: a passage, a prompt with its response, a sentence with its translation."""

from dataclasses import dataclass
from functools import cached_property
from typing import final

from injerto.core.hashing import digest_json, digest_text
from injerto.data.items import AbstractItem
from injerto.data.recordings import AbstractRecording


@final
@dataclass(frozen=True)
class Passage(AbstractItem):
    """A text, or a piece of a longer one, that is learnt as it is."""

    text: str
    is_last: bool = True
    """Whether the text ends here, or goes on in the next passage."""

    @cached_property
    def digest(self) -> str:
        return digest_text(self.text)


@final
@dataclass(frozen=True)
class Exchange(AbstractItem):
    """A prompt, which is given, and a response, which is learnt."""

    prompt: str
    response: str
    turns: tuple[tuple[str, str], ...] = ()
    """Role and content of the messages before the response, where the data are chats; `prompt` is then their text."""

    @cached_property
    def digest(self) -> str:
        return digest_json([self.prompt, self.response])


@final
@dataclass(frozen=True)
class Pair(AbstractItem):
    """A sentence and its translation."""

    source: str
    target: str

    @cached_property
    def digest(self) -> str:
        return digest_json([self.source, self.target])


@final
@dataclass(frozen=True, eq=False)
class Spoken(AbstractItem):
    """A recording and what is said in it."""

    recording: AbstractRecording
    text: str

    @cached_property
    def digest(self) -> str:
        return digest_json([self.recording.digest, self.text])
