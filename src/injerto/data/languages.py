"""In which language a text is, told by its frequent words or its script; unsure is said."""

import functools
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Final

UNDETERMINED: Final = "und"
"""ISO 639's code of a text whose language is not told."""
_LEAST_SHARE: Final = 0.12
"""Of the words of a text that speak for its language; one half stand in some list in running text."""
_LEAST_EVIDENCE: Final = 1.0
_LEAD: Final = 1.5
_MOST_CHARACTERS: Final = 2000
_HALF: Final = 0.5


def tell_language(text: str) -> str:
    """The code of a language, codes joined by `/` where one of several cannot be told from the others, or `und`.

    Each word that stands in the list of a language speaks for it, less where it stands in several lists. The language
    must have an eighth of all words for it, and lead the next by half as much again. Short texts, names, numbers and
    languages without a list stay undetermined.

    >>> tell_language("the weather was not so good this morning"), tell_language("el tiempo no era muy bueno hoy")
    ('en', 'es')
    >>> tell_language("погода была плохая"), tell_language("Berlin 2026")
    ('ru/uk/bg/sr/mk/be/kk', 'und')
    """
    text = text[:_MOST_CHARACTERS]
    if (script := _script(text)) is not None:
        return "/".join(_lists()[1][script].split())
    weights = _lists()[0]
    words = [word for part in text.lower().split() if (word := part.strip(".,;:!?¡¿\"'’“”«»()[]…-–—*"))]
    words = [word for word in words if not word.startswith(("@", "#", "http")) and any(map(str.isalpha, word))]
    heard: dict[str, float] = {}
    for word in words:
        for code, weight in weights.get(word.replace("’", "'"), {}).items():
            heard[code] = heard.get(code, 0.0) + weight
    ranked = sorted(heard.items(), key=lambda one: -one[1])
    (best, evidence), (_, next_best) = [*ranked, (UNDETERMINED, 0.0), (UNDETERMINED, 0.0)][:2]
    sure = evidence >= max(_LEAST_EVIDENCE, _LEAST_SHARE * len(words)) and evidence >= _LEAD * next_best
    return best if sure else UNDETERMINED


def count_languages(texts: Iterable[str]) -> dict[str, int]:
    """How many texts are in each language, the most frequent first; see `tell_language`."""
    return dict(Counter(map(tell_language, texts)).most_common())


def frequent_languages(counts: Mapping[str, int], *, share: float, least: int) -> list[str]:
    """Languages of at least a share of the texts whose language was told, and of at least so many texts."""
    told = {code: number for code, number in counts.items() if code != UNDETERMINED}
    whole = sum(told.values())
    return [code for code, number in told.items() if number >= max(least, share * whole)]


def _script(text: str) -> str | None:
    """A script other than the Latin one that has half of the letters; kana speak before Han."""
    found: Counter[str] = Counter()
    for character in text:
        if character.isalpha():
            found["LATIN" if character.isascii() else unicodedata.name(character, "?").partition(" ")[0]] += 1
    letters = sum(found.values())
    if not letters or found["LATIN"] > _HALF * letters:
        return None
    if kana := [name for name in ("HIRAGANA", "KATAKANA") if found[name]]:
        return kana[0]
    name, number = found.most_common(1)[0]
    return name if number >= _HALF * letters and name in _lists()[1] else None


@functools.cache
def _lists() -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """For each word what it says for each language, and the languages of each script."""
    read = tomllib.loads(resources.files("injerto.data").joinpath("languages.toml").read_text("utf-8"))
    lists: Mapping[str, Sequence[str]] = {code: sorted(set(words.split())) for code, words in read["words"].items()}
    frequency = Counter(word for words in lists.values() for word in words)
    weights: dict[str, dict[str, float]] = {}
    for code, words in lists.items():
        for word in words:
            weights.setdefault(word, {})[code] = 1 / frequency[word]
    return weights, read["scripts"]
