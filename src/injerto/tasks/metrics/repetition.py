"""How often a model says the same again."""

from typing import ClassVar, Final, final

import numpy as np

from injerto.data.arrays import Floats
from injerto.tasks.answers import SequenceAnswers
from injerto.tasks.metrics.metric import AbstractMetric

_WORDS: Final = 4


@final
class Repetition(AbstractMetric):
    """Share of the runs of four words in what the model wrote that stood before in the same text.

    Welleck et al. 2020, arXiv 1908.04319 (seq-rep-4). Natural texts have a few percent; 1 says one phrase for ever.
    """

    name: ClassVar[str] = "repetition"
    sums_of: ClassVar[str] = "repetition"
    higher_is_better: ClassVar[bool] = False
    of_outputs: ClassVar[bool] = True
    of_every_example: ClassVar[bool] = False

    def rows(self, answers: SequenceAnswers) -> Floats:
        return np.array([_count(text.split()) for text in answers.outputs], dtype=np.float64).reshape(-1, 2)

    def score(self, sums: Floats) -> float:
        return float(sums[0] / sums[1]) if sums[1] else 0.0


def repeated_words(text: str) -> list[tuple[str, bool]]:
    """Each word, and whether it belongs to a run of four that stood before in the text."""
    words = text.split()
    again = [False] * len(words)
    seen: set[tuple[str, ...]] = set()
    for start in range(len(words) - _WORDS + 1):
        run = tuple(words[start : start + _WORDS])
        if run in seen:
            again[start : start + _WORDS] = [True] * _WORDS
        seen.add(run)
    return list(zip(words, again, strict=True))


def _count(words: list[str]) -> tuple[int, int]:
    runs = [tuple(words[start : start + _WORDS]) for start in range(len(words) - _WORDS + 1)]
    return len(runs) - len(set(runs)), len(runs)
