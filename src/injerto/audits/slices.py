"""Slices: regions of the features in which the model is wrong more often, found without any column of groups."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from injerto.audits.scanning import Flags, find_region
from injerto.core.evidence import Interval
from injerto.core.seeds import derive_seed
from injerto.data.arrays import Floats, Ints

LEAST: Final = 60
"""Examples below which nothing is sought."""
_MOST_LOOKED_AT: Final = 2000
"""Of more, so many are drawn: distances between all grow with the square."""
_DIRECTIONS: Final = 32
_MOST: Final = 6
_OVERLAP: Final = 0.4


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    """One region, by the judged examples that lie in it."""

    positions: Ints
    """Most typical first."""
    gap: Interval
    """Share right of all others minus that in the region, without what the search adds; see `find_region`."""
    accuracy: float
    """Share right of these very examples."""
    at_best: float
    """Share right in the region at the low end of the gap."""


def find_slices(features: Floats, right: Floats, target: Ints, *, seed: int) -> list[Slice]:
    """Regions with more errors than shuffled errors have anywhere, the largest gap first; no example is in two.

    One region is sought, taken out, and the next is sought among the rest (Zhang et al. 2010, Statistics in Medicine
    29), until the rest looks like shuffled errors. What surrounds a region that was taken out is no further finding: a
    kind may be larger than a region.

    Args:
        features: of the judged examples, shape (examples, features).
        right: 1 where the answer is right, shape (examples,).
        target: position of the label, shape (examples,).
        seed: decides the shuffles.
    """
    if len(right) < LEAST or right.all():
        return []
    generator = np.random.default_rng(derive_seed(seed, "slices"))
    looked_at = np.sort(generator.permutation(len(right))[:_MOST_LOOKED_AT])
    places, wrong, labels = _reduce(features[looked_at]), right[looked_at] < 1, target[looked_at]
    left = np.arange(len(looked_at))
    found: list[Slice] = []
    for _ in range(_MOST):
        if not places.shape[1] or len(left) < LEAST:
            break
        region = find_region(places[left], wrong[left], labels[left], generator=generator)
        if region is None:
            break
        members = left[region.members]
        if not _surrounds(members, np.isin(np.arange(len(places)), left), places, labels):
            elsewhere = 1 - wrong[np.delete(left, region.members)].mean()
            found.append(
                Slice(
                    positions=looked_at[members],
                    gap=region.gap,
                    accuracy=float(1 - wrong[members].mean()),
                    at_best=float(elsewhere - region.gap.low),
                )
            )
        left = np.delete(left, region.members)
    return sorted(found, key=lambda one: -one.gap.low)


def _surrounds(members: Ints, is_left: Flags, places: Floats, labels: Ints) -> bool:
    """Whether many of the examples nearest to its centre, of its labels or of any, had been taken out before."""
    distance = ((places - places[members[0]]) ** 2).sum(axis=1)
    for apart in (~np.isin(labels, labels[members]), np.zeros(len(labels), dtype=bool)):
        nearest = np.argsort(np.where(apart, np.inf, distance), kind="stable")[: len(members)]
        if (~is_left[nearest]).mean() >= _OVERLAP:
            return True
    return False


def describe_words(texts: Sequence[str], others: Sequence[str], *, number: int = 5) -> list[str]:
    """Words that come in many of the texts and in few of the others, the most telling first."""
    here, there = (Counter(word for text in group for word in set(_words(text))) for group in (texts, others))
    odds = {
        word: np.log((count + 0.5) / (len(texts) - count + 0.5))
        - np.log((there[word] + 0.5) / (len(others) - there[word] + 0.5))
        for word, count in here.items()
        if count >= max(2, 0.1 * len(texts))
    }
    # By the evidence for a difference, not its size: a word of two texts is telling by luck.
    evidence = {word: value * np.sqrt(here[word]) for word, value in odds.items() if value > 1}
    return sorted(evidence, key=lambda word: (-evidence[word], word))[:number]


def _words(text: str) -> list[str]:
    return [word.strip(".,;:!?\"'()[]").casefold() for word in text.split() if len(word.strip(".,;:!?\"'()[]")) > 2]


def _reduce(features: Floats) -> Floats:
    """Principal components of the standardised features, each example brought to length one before."""
    spread = features.std(axis=0)
    used = spread > 0
    scaled = (features[:, used] - features[:, used].mean(axis=0)) / spread[used]
    scaled /= np.maximum(np.linalg.norm(scaled, axis=1, keepdims=True), 1e-9)
    # By the products of examples or of features, whichever are fewer: ten times as quick as singular values.
    if len(scaled) < scaled.shape[1]:
        size, direction = np.linalg.eigh(scaled @ scaled.T)
        return np.asarray(direction[:, -_DIRECTIONS:] * np.sqrt(np.maximum(size[-_DIRECTIONS:], 0)))
    direction = np.linalg.eigh(scaled.T @ scaled)[1][:, -_DIRECTIONS:]
    return np.asarray(scaled @ direction)
