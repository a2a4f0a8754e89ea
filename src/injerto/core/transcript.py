"""What was heard in a recording: words with their times, and the same as subtitles."""

from typing import Final

from pydantic import Field

from injerto.core.record import Record

_LINE: Final = 42
"""Characters of a subtitle's line, as broadcasters have them."""


class Word(Record):
    """One word, and when it was said."""

    text: str
    start: float = Field(description="seconds from the beginning of the recording")
    end: float
    confidence: float = Field(ge=0, le=1)


class Passage(Record):
    """What was said between two silences."""

    start: float
    end: float
    text: str
    confidence: float = Field(ge=0, le=1)
    words: tuple[Word, ...] = ()


class Transcript(Record):
    """One recording, written down."""

    input: str
    seconds: float
    text: str
    passages: tuple[Passage, ...]

    def to_srt(self) -> str:
        """SubRip subtitles."""
        blocks = [
            f"{number}\n{_clock(one.start, ',')} --> {_clock(one.end, ',')}\n{_lines(one.text)}\n"
            for number, one in enumerate(self._said(), start=1)
        ]
        return "\n".join(blocks)

    def to_vtt(self) -> str:
        """Subtitles as web pages play them."""
        blocks = [
            f"{_clock(one.start, '.')} --> {_clock(one.end, '.')}\n{_escape(_lines(one.text))}\n"
            for one in self._said()
        ]
        return "\n".join(["WEBVTT\n", *blocks])

    def _said(self) -> list[Passage]:
        return [passage for passage in self.passages if passage.text]


def _clock(seconds: float, mark: str) -> str:
    """Hours, minutes, seconds and thousandths.

    >>> _clock(3661.5, ",")
    '01:01:01,500'
    """
    thousandths = round(seconds * 1000)
    hours, rest = divmod(thousandths, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{mark}{rest % 1000:03d}"


def _lines(text: str) -> str:
    lines: list[str] = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
