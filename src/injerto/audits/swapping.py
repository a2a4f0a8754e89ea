"""Words and their counterparts in texts: first names, words of gender, terms of identity, by language."""

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Final, final

LANGUAGES: Final = ("en", "es")
KINDS: Final = ("gender", "names", "identity")


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Swap:
    """A text with a kind of word exchanged."""

    kind: str
    text: str
    word: str
    """The first word that was exchanged."""
    other: str


def make_swaps(text: str) -> list[Swap]:
    """One swapped text for each kind of word that the text holds, in the language that it seems to be in.

    All words of a kind are exchanged at once, so that a man does not become half a woman. Capitals are kept.

    >>> [(one.kind, one.text) for one in make_swaps("The king said that he was tired.")]
    [('gender', 'The queen said that she was tired.')]
    """
    language = guess_language(text)
    found = []
    for kind in KINDS:
        table, pattern = _table(language, kind)
        met: list[str] = []

        def exchange(match: re.Match[str], table: dict[str, str] = table, met: list[str] = met) -> str:
            met.append(match[0])
            return _with_capitals_of(match[0], table[match[0].casefold()])

        swapped = pattern.sub(exchange, text)
        if met and swapped != text:
            other = _with_capitals_of(met[0], table[met[0].casefold()])
            found.append(Swap(kind=kind, text=swapped, word=met[0], other=other))
    return found


def guess_language(text: str) -> str:
    """`es` where more of the words are Spanish little words than English ones, else `en`."""
    words = [word.casefold() for word in re.findall(r"\w+", text)]
    counts = {language: sum(word in _little_words(language) for word in words) for language in LANGUAGES}
    return "es" if counts["es"] > counts["en"] else "en"


def _with_capitals_of(word: str, other: str) -> str:
    if word.isupper() and len(word) > 1:
        return other.upper()
    return other[:1].upper() + other[1:] if word[:1].isupper() else other


@functools.cache
def _lists(language: str) -> dict[str, list[object]]:
    content = resources.files(__package__).joinpath("swaps", f"{language}.toml").read_bytes()
    return dict(tomllib.loads(content.decode("utf-8")))


@functools.cache
def _little_words(language: str) -> frozenset[str]:
    return frozenset(str(word) for word in _lists(language)["little_words"])


@functools.cache
def _table(language: str, kind: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """Each word with its counterpart: in a row of several the next one, the last with the first."""
    table: dict[str, str] = {}
    for row in _lists(language)[kind]:
        assert isinstance(row, list)
        for place, word in enumerate(row):
            table.setdefault(str(word), str(row[(place + 1) % len(row)]))
    # The longest first: `grandmother` before `mother`, `gay man` before `gay`.
    names = sorted(map(re.escape, table), key=len, reverse=True)
    return table, re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)", re.IGNORECASE)
