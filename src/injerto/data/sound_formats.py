"""Which sound formats are opened, what the first bytes of a file say it is, and whether the file is whole."""

import struct
from typing import Final

SOUND_SUFFIXES: Final = frozenset({".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au"})
"""File name endings of the opened formats. The content decides; the ending only says what to look at."""

REFUSED_SOUND_SUFFIXES: Final = frozenset(
    {".m4a", ".mp4", ".aac", ".amr", ".wma", ".3gp", ".caf", ".mka", ".webm", ".ac3", ".ape", ".wv"}
)
"""Endings of recordings that are not opened: such files are reported instead of passed over."""

HEAD_BYTES: Final = 4096

_SIGNATURES: Final = (
    (4, b"ftyp", "MP4 (M4A)"),
    (0, b"#!AMR", "AMR"),
    (0, b"0&\xb2u", "WMA"),
    (0, b"\x1aE\xdf\xa3", "Matroska (WebM)"),
    (0, b"caff", "CAF"),
    (0, b"wvpk", "WavPack"),
    (0, b"MAC ", "Monkey's Audio"),
    (0, b"\xff\xf1", "AAC"),
    (0, b"\xff\xf9", "AAC"),
)
_OPENED: Final = (b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"ID3", b"FORM", b".snd")
_LAST_PAGE: Final = 0x04


def name_refused(head: bytes) -> str | None:
    """The name of a sound format that is known and not opened; None for others."""
    return next((name for start, mark, name in _SIGNATURES if head.startswith(mark, start)), None)


def looks_like_sound_file(head: bytes) -> bool:
    """Whether the first bytes are those of a sound file, opened or not."""
    is_wave = head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == b"WAVE"
    return is_wave or head[:4] in (b"fLaC", b"OggS") or head.startswith(b"ID3")


def missing_bytes(head: bytes, tail: bytes, size: int) -> str | None:
    """Why a file is cut, from its first and last bytes; None where nothing says so.

    libsndfile reads what there is and says nothing: half a WAV file is a recording of half the length.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return _short_wave(head, size)
    if head[:4] == b"OggS":
        last = tail.rfind(b"OggS")
        flags = tail[last + 5 : last + 6] if last >= 0 else b""
        if not flags or not flags[0] & _LAST_PAGE:
            return "its last page is missing"
    return None


def _short_wave(head: bytes, size: int) -> str | None:
    """Chunks are walked as far as the head goes; the data chunk says how many bytes follow it."""
    place = 12
    while place + 8 <= len(head):
        name, length = head[place : place + 4], struct.unpack("<I", head[place + 4 : place + 8])[0]
        if name == b"data":
            there = size - place - 8
            return f"{length:,} bytes of sound announced, {max(0, there):,} there" if length > there else None
        place += 8 + length + (length & 1)
    return None
