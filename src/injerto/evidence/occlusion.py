"""Occlusion: which words of a text speak for an answer, by what the answer loses without them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from injerto.artifacts.model import Model
from injerto.data.arrays import Floats
from injerto.data.items import AbstractItem, Text

_MOST_PARTS: Final = 32
"""Parts that a text is cut into, each of them one pass: longer texts are cut into groups of words."""
_LONGEST: Final = 1200
"""Characters that are looked at; a page shows no more of a text."""
_SMALLEST: Final = 1e-9


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Some words of a text and what they do for the answer."""

    text: str
    effect: float
    """Log odds of the answer with all parts minus those without this one: a probability near one hardly moves."""


def measure_word_effects(model: Model, items: Sequence[AbstractItem], labels: Sequence[int]) -> list[tuple[Part, ...]]:
    """The parts of each text with their effects on the answer that it is of its label.

    Zeiler and Fergus 2014, arXiv 1311.2901, for words: each part is left out in turn. It needs nothing of the network
    but its answers, so that it holds for any tokenizer and head; words that speak only together have no effect here.
    """
    cut = [split_parts(item.text) if isinstance(item, Text) else [] for item in items]
    asked = [Text(text) for parts in cut for text in _with_gaps(parts)]
    told = model.probabilities(asked)
    found, row = [], 0
    for parts, label in zip(cut, labels, strict=True):
        number = len(_with_gaps(parts))
        found.append(_effects(parts, told[row : row + number, label]))
        row += number
    return found


def split_parts(text: str) -> list[str]:
    """Words with the space and the signs behind them, several together in a long text; joined they are the text.

    >>> split_parts("Not bad, at all.")
    ['Not ', 'bad, ', 'at ', 'all.']
    """
    words = re.findall(r"\s*\S+\s*", text[:_LONGEST]) or ([text[:_LONGEST]] if text else [])
    each = -(-len(words) // _MOST_PARTS) or 1
    return ["".join(words[start : start + each]) for start in range(0, len(words), each)]


def _with_gaps(parts: Sequence[str]) -> list[str]:
    """The whole text, then the text without each part; nothing where leaving one out leaves nothing."""
    if len(parts) < 2:
        return []
    return ["".join(parts), *("".join([*parts[:i], *parts[i + 1 :]]) for i in range(len(parts)))]


def _effects(parts: Sequence[str], probability: Floats) -> tuple[Part, ...]:
    if not len(probability):
        return tuple(Part(text=text, effect=0.0) for text in parts)
    kept = np.clip(probability, _SMALLEST, 1 - _SMALLEST)
    odds = np.log(kept / (1 - kept))
    return tuple(
        Part(text=text, effect=float(odds[0] - without)) for text, without in zip(parts, odds[1:], strict=True)
    )
