"""How likely words follow one another: an n-gram model of words, trained on text."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, Self, final

from injerto.data.transcripts import normalise_transcript

_START: Final = "\x02"
_END: Final = "\x03"
_PER_CHARACTER: Final = math.log(1 / 30)
"""Of a word that the text does not hold: as likely as its characters drawn by chance."""


@final
class WordModel:
    """Interpolated Witten-Bell smoothing (Witten and Bell 1991; Chen and Goodman 1998, section 2.5).

    >>> model = WordModel.of_texts(["turn the light on", "turn the radio on"])
    >>> model.score(["turn", "the", "light", "on"]) > model.score(["turn", "light", "the", "on"])
    True
    """

    def __init__(self, counts: dict[tuple[str, ...], Counter[str]], *, order: int) -> None:
        self._counts = counts
        self.order = order

    @classmethod
    def of_texts(cls, texts: Iterable[str], *, order: int = 3) -> Self:
        """Count the words of every text, each by itself, written as transcripts are."""
        counts: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for text in texts:
            if not any(character.isalnum() for character in text):
                continue
            words = [*normalise_transcript(text, where="").split(), _END]
            history = [_START] * (order - 1)
            for word in words:
                for length in range(order):
                    counts[tuple(history[len(history) - length :])][word] += 1
                history = [*history, word][-(order - 1) :] if order > 1 else []
        return cls(dict(counts), order=order)

    def next_word(self, before: Sequence[str], word: str) -> float:
        """Log probability of a word after others."""
        history = ([_START] * (self.order - 1) + list(before))[-(self.order - 1) :] if self.order > 1 else []
        return math.log(self._probability(tuple(history), word))

    def end(self, before: Sequence[str]) -> float:
        """Log probability that nothing follows."""
        return self.next_word(before, _END)

    def score(self, words: Sequence[str]) -> float:
        """Log probability of a whole text."""
        return sum(self.next_word(words[:i], word) for i, word in enumerate(words)) + self.end(words)

    def _probability(self, history: tuple[str, ...], word: str) -> float:
        below = self._probability(history[1:], word) if history else math.exp(_PER_CHARACTER * (len(word) + 1))
        counted = self._counts.get(history)
        if counted is None:
            return below
        total, kinds = counted.total(), len(counted)
        return (counted[word] + kinds * below) / (total + kinds)
