"""The likeliest transcript over all alignments, with what a model of words has to say about it."""

# T frames, V characters and the blank, which is last.

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, final

import numpy as np

from injerto.data.arrays import Floats
from injerto.tasks.word_model import WordModel

_NEVER: Final = -math.inf
_LEAST: Final = math.log(1e-5)
"""Characters less likely than this in a frame are not followed."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class BeamSearch:
    """Prefix beam search (Hannun et al. 2014, arXiv 1408.2873).

    What is maximised is log p(transcript | sound) + weight x log p(words) + bonus x number of words.
    """

    labels: tuple[str, ...]
    width: int = 32
    words: WordModel | None = None
    weight: float = 0.6
    bonus: float = 0.5

    def search(self, log_likely_TV: Floats) -> tuple[int, ...]:
        """The characters of the best transcript, as positions in `labels`."""
        blank = log_likely_TV.shape[1] - 1
        beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, _NEVER)}
        prior = lru_cache(maxsize=None)(self._prior)
        for frame_V in log_likely_TV:
            grown: dict[tuple[int, ...], list[float]] = {}
            alive = np.flatnonzero(frame_V > _LEAST)
            for prefix, (in_blank, in_character) in beams.items():
                both = _add(in_blank, in_character)
                kept = grown.setdefault(prefix, [_NEVER, _NEVER])
                kept[0] = _add(kept[0], both + float(frame_V[blank]))
                if prefix:
                    kept[1] = _add(kept[1], in_character + float(frame_V[prefix[-1]]))
                for character in alive.tolist():
                    if character == blank:
                        continue
                    before = in_blank if prefix and character == prefix[-1] else both
                    if before == _NEVER:
                        continue
                    longer = grown.setdefault((*prefix, character), [_NEVER, _NEVER])
                    longer[1] = _add(longer[1], before + float(frame_V[character]))
            ranked = sorted(grown.items(), key=lambda one: (-(_add(*one[1]) + prior(one[0], False)), one[0]))
            beams = {prefix: (scores[0], scores[1]) for prefix, scores in ranked[: self.width]}
        return min(beams, key=lambda prefix: (-(_add(*beams[prefix]) + prior(prefix, True)), prefix))

    def _prior(self, prefix: tuple[int, ...], is_whole: bool) -> float:
        """Of the words that are complete; of all of them, and of the end, where the transcript is whole."""
        text = "".join(self.labels[position] for position in prefix)
        words = text.split()
        complete = words if is_whole or text.endswith(" ") else words[:-1]
        total = self.bonus * len(complete)
        if self.words is not None:
            total += self.weight * sum(self.words.next_word(words[:i], word) for i, word in enumerate(complete))
            total += self.weight * self.words.end(words) if is_whole else 0.0
        return total


def _add(one: float, other: float) -> float:
    """log(exp(one) + exp(other))"""
    if one < other:
        one, other = other, one
    return one if other == _NEVER else one + math.log1p(math.exp(other - one))
