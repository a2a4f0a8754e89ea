"""Slices: regions of the features in which the model is wrong more often, found without any column of groups."""

# N examples, R directions.

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from injerto.audits.groups import measure_difference
from injerto.core.evidence import Interval
from injerto.core.seeds import derive_seed
from injerto.data.arrays import Floats, Ints

LEAST: Final = 60
"""Examples below which no half is left to look in and to judge on."""
_DIRECTIONS: Final = 16
_EACH: Final = 14
"""Examples of a half that a cluster has on average."""
_MOST_CLUSTERS: Final = 24
_ERROR_WEIGHT: Final = 2.0
"""Of the error among coordinates that have standard deviation one: enough to pull a cluster to where errors are."""
_LEAST_MEMBERS: Final = 8
_MOST_JUDGED: Final = 4
"""Candidates of a half that are judged on the other: each more makes the intervals of all wider."""
_OVERLAP: Final = 0.4


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    """One region, by the judged examples that lie in it."""

    positions: Ints
    """Most typical first."""
    gap: Interval
    """Share right of all others minus that in the region, on the half of the examples that did not find it."""
    accuracy: float
    """Share right in the region, on that half."""


def find_slices(features: Floats, right: Floats, target: Ints, *, seed: int) -> list[Slice]:
    """Regions whose gap has an interval above zero, the largest gap first; each example in one at most.

    Error-aware clustering in the manner of Domino (Eyuboglu et al. 2022, arXiv 2203.14960): k-means on the principal
    components with the error and the label beside them. What was sought on a set of examples looks bad on it by luck:
    one half proposes regions, as the nearest centre by features alone, and the other half judges them, both ways.

    Args:
        features: of the judged examples, shape (examples, features).
        right: 1 where the answer is right, shape (examples,).
        target: position of the label, shape (examples,).
        seed: decides the halves and the first centres.
    """
    if len(right) < LEAST or right.all():
        return []
    reduced = _reduce(features)
    order = np.random.default_rng(derive_seed(seed, "halves")).permutation(len(right))
    halves = order[::2], order[1::2]
    found: list[Slice] = []
    for mine, other in (halves, halves[::-1]):
        centres, candidates = _propose(reduced[mine], right[mine], target[mine], seed=seed)
        region = _nearest(reduced, centres)
        for number in candidates:
            inside = region == number
            judged = right[other][inside[other]]
            if len(judged) < _LEAST_MEMBERS:
                continue
            gap = measure_difference(
                right[other][~inside[other]],
                judged,
                num_compared=2 * len(candidates),
                seed=derive_seed(seed, "slice", number),
            )
            if gap.low > 0:
                members = np.flatnonzero(inside)
                near = np.argsort(((reduced[members] - centres[number]) ** 2).sum(axis=1), kind="stable")
                found.append(Slice(positions=members[near], gap=gap, accuracy=float(judged.mean())))
    return _distinct(sorted(found, key=lambda one: -one.gap.low))


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
    """Principal components of the standardised features, each with standard deviation one."""
    spread = features.std(axis=0)
    used = spread > 0
    scaled = (features[:, used] - features[:, used].mean(axis=0)) / spread[used]
    left, size, _ = np.linalg.svd(scaled, full_matrices=False)
    kept = size[:_DIRECTIONS] > 1e-9 * max(float(size.max(initial=0.0)), 1e-12)
    return np.asarray(left[:, :_DIRECTIONS][:, kept] * np.sqrt(len(features)))


def _propose(reduced: Floats, right: Floats, target: Ints, *, seed: int) -> tuple[Floats, list[int]]:
    """Centres by features, and which of their regions have the most errors above the mean."""
    from sklearn.cluster import KMeans  # A second, for scikit-learn.

    labels = np.unique(target)
    one_hot = (target[:, None] == labels) * np.sqrt(len(labels)) if len(labels) <= 20 else np.zeros((len(target), 0))
    error = 1 - right
    beside = _ERROR_WEIGHT * (error - error.mean()) / max(float(error.std()), 1e-9)
    known = np.column_stack([reduced, one_hot, beside])
    number = int(np.clip(len(reduced) // _EACH, 2, _MOST_CLUSTERS))
    cluster = KMeans(n_clusters=number, n_init=4, random_state=derive_seed(seed, "k-means") % 2**32).fit(known).labels_
    centres = np.array([reduced[cluster == one].mean(axis=0) for one in range(number) if (cluster == one).any()])
    region = _nearest(reduced, centres)
    sizes = np.bincount(region, minlength=len(centres))
    wrong = np.bincount(region, weights=error, minlength=len(centres))
    # Errors beyond those that a region of its size would have, in standard deviations.
    mean = error.mean()
    excess = (wrong - sizes * mean) / np.sqrt(np.maximum(sizes * mean * (1 - mean), 1e-9))
    order = [int(one) for one in np.argsort(-excess, kind="stable") if sizes[one] >= _LEAST_MEMBERS // 2]
    return centres, [one for one in order if excess[one] > 1][:_MOST_JUDGED]


def _nearest(reduced: Floats, centres: Floats) -> Ints:
    distance = (centres**2).sum(axis=1) - 2 * reduced @ centres.T
    return np.asarray(distance.argmin(axis=1), dtype=np.int64)


def _distinct(slices: Sequence[Slice]) -> list[Slice]:
    """Those that share less than a part of their examples with one that stands before them."""
    kept: list[Slice] = []
    for one in slices:
        own = set(one.positions.tolist())
        if all(len(own & set(other.positions.tolist())) < _OVERLAP * len(own) for other in kept):
            kept.append(one)
    return kept
