"""Transcripts: how a text is written before letters are counted, learnt and compared."""

import re
import unicodedata
from collections.abc import Iterable

from injerto.core.errors import DataError


def normalise_transcript(text: str, *, where: str) -> str:
    """`plain_transcript`; raises `DataError` where nothing is left."""
    normalised = plain_transcript(text)
    if not normalised:
        raise DataError("transcript-empty", where=where)
    return normalised


def plain_transcript(text: str) -> str:
    """Lower case, composed letters, single blanks, no punctuation but apostrophes and hyphens inside words.

    >>> plain_transcript(" It's a  TEST - really?")
    "it's a test really"
    """
    text = unicodedata.normalize("NFC", text).lower().replace("’", "'")
    kept = "".join(c if c in "'-" or not unicodedata.category(c).startswith(("P", "S", "C")) else " " for c in text)
    words = [word.strip("'-") for word in re.split(r"\s+", kept)]
    return " ".join(word for word in words if word)


def collect_characters(transcripts: Iterable[str]) -> tuple[str, ...]:
    """Every character, sorted: the vocabulary of a recogniser that writes letters."""
    return tuple(sorted(set().union(*transcripts)))
