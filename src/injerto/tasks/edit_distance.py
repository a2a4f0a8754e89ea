"""How many words or characters of a transcript are wrong."""

from collections.abc import Sequence

from injerto.core.errors import UsageError


def count_errors(said: Sequence[str], heard: Sequence[str], *, unit: str) -> tuple[list[int], list[int]]:
    """Errors (substituted, left out and put in) of each transcript, and how many words or characters were said.

    By jiwer. Args: `unit` is `word` or `character`. Raises `UsageError` where jiwer is not installed.
    """
    try:
        import jiwer
    except ImportError as error:
        raise UsageError("speech-extra") from error
    measure = jiwer.process_words if unit == "word" else jiwer.process_characters
    errors, totals = [], []
    for one, other in zip(said, heard, strict=True):
        found = measure(one, other)
        errors.append(found.substitutions + found.deletions + found.insertions)
        totals.append(found.hits + found.substitutions + found.deletions)
    return errors, totals
