"""How many words or characters of a transcript are wrong, and which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from injerto.core.errors import UsageError
from injerto.data.arrays import Floats


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class AlignedWord:
    """One place of two aligned transcripts."""

    kind: Literal["equal", "substitute", "delete", "insert"]
    said: str
    """Empty where a word was put in."""
    heard: str
    """Empty where a word was left out."""


def count_errors(said: Sequence[str], heard: Sequence[str], *, unit: str) -> tuple[list[int], list[int]]:
    """Errors (substituted, left out and put in) of each transcript, and how many words or characters were said.

    By jiwer. Args: `unit` is `word` or `character`. Raises `UsageError` where jiwer is not installed.
    """
    kinds = count_kinds(said, heard, unit=unit)
    return [int(row[:3].sum()) for row in kinds], [int(row[3]) for row in kinds]


def count_kinds(said: Sequence[str], heard: Sequence[str], *, unit: str) -> Floats:
    """Substituted, left out, put in, and said, shape (transcripts, 4); see `count_errors`."""
    rows = []
    for one, other in zip(said, heard, strict=True):
        found = _process(one, other, unit)
        total = found.hits + found.substitutions + found.deletions
        rows.append((found.substitutions, found.deletions, found.insertions, total))
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def align_words(said: str, heard: str) -> tuple[AlignedWord, ...]:
    """The words of both, each beside the one that it was taken for."""
    if not said.split():
        return tuple(AlignedWord(kind="insert", said="", heard=word) for word in heard.split())
    found = _process(said, heard, "word")
    words, others = said.split(), heard.split()
    aligned = []
    for part in found.alignments[0]:
        left, right = words[part.ref_start_idx : part.ref_end_idx], others[part.hyp_start_idx : part.hyp_end_idx]
        for place in range(max(len(left), len(right))):
            one = left[place] if place < len(left) else ""
            other = right[place] if place < len(right) else ""
            aligned.append(AlignedWord(kind=part.type, said=one, heard=other))
    return tuple(aligned)


def _process(said: str, heard: str, unit: str) -> Any:
    try:
        import jiwer
    except ImportError as error:
        raise UsageError("speech-extra") from error
    measure = jiwer.process_words if unit == "word" else jiwer.process_characters
    return measure(said, heard)
