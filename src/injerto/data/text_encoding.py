"""From bytes to text: UTF-8, UTF-16 with a byte-order mark, or Windows-1252, and which one it was."""

import codecs
from pathlib import Path
from typing import Final

from injerto.core.errors import DataError
from injerto.core.messages import say

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte-order mark"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_CONTROLS: Final = frozenset(range(32)) - frozenset(b"\t\n\f\r\x1b")


def read_text_file(path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a file, and a note where it is not plain UTF-8.

    Lines that are not UTF-8 in a file whose other lines are keep their bad bytes as lone surrogates
    (`surrogateescape`), so that the caller can name them; `is_mangled` tells.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError("path-unreadable", path=path, reason=error.strerror or type(error).__name__) from error
    for mark, codec, name in _MARKS:
        if raw.startswith(mark):
            note = say("data.note.encoding", path=path, encoding=name)
            return raw.decode(codec, "surrogateescape" if codec == "utf-8-sig" else "replace"), (note,)
    head = raw[:4096]
    if head.count(0) > len(head) // 4:
        raise DataError("encoding-unknown", path=path)
    try:
        return raw.decode("utf-8"), ()
    except UnicodeDecodeError:
        # In one-byte encodings every picture is a text: one of control characters, which texts hardly have.
        if sum(byte in _CONTROLS for byte in head) > len(head) // 50:
            raise DataError("encoding-unknown", path=path) from None
        return _decode_foreign(raw, path)


def is_mangled(text: str) -> bool:
    """Whether `text` holds bytes that could not be decoded."""
    return any("\ud800" <= character <= "\udfff" for character in text) if not text.isascii() else False


def _decode_foreign(raw: bytes, path: Path) -> tuple[str, tuple[str, ...]]:
    lines = [line for line in raw.splitlines() if not line.isascii()]
    if any(_is_utf8(line) for line in lines):
        return raw.decode("utf-8", "surrogateescape"), ()
    try:
        text, name = raw.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:  # Five bytes have no meaning in Windows-1252; every byte has one in Latin-1.
        text, name = raw.decode("latin-1"), "Latin-1"
    return text, (say("data.note.encoding", path=path, encoding=name),)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
