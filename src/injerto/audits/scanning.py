"""The scan statistic: where errors lie densest among neighbours, and whether shuffled errors lie as dense anywhere."""

# N examples, L lists of neighbours, K neighbours, B draws.

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

from injerto.core.evidence import Interval
from injerto.data.arrays import Floats, Ints

Flags = npt.NDArray[np.bool_]

_LEAST_SIZE: Final = 6
_LARGEST_SHARE: Final = 8
"""A region is an eighth of the examples at most, and may have `_ALWAYS`: larger ones swallow their neighbours."""
_ALWAYS: Final = 48
_GROWTH: Final = 1.35
_DRAWS: Final = 199
_ALLOWED: Final = 6
"""Of the draws and the data themselves, 200: how many may have a region as dense where the errors are shuffled. With 3
of 100 a clean set of examples is called clean in 97."""
_REPLICAS: Final = 60
_GRID: Final = 501


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """The examples nearest to one of them, among which errors are denser than anywhere in shuffled ones."""

    members: Ints
    """Nearest to the centre first."""
    gap: Interval
    """Share of errors in the region minus that of all others: less what the search adds, see `find_region`."""


@final
@dataclass(frozen=True, slots=True)
class _Best:
    """Of each draw the region with the highest score."""

    score: Floats
    row: Ints
    size: Ints


def find_region(places: Floats, wrong: Flags, target: Ints, *, generator: np.random.Generator) -> Region | None:
    """The region in which errors are densest; None where shuffled errors lie as densely somewhere in 3 of 100 draws.

    Kulldorff's scan statistic (1997, Communications in Statistics 26) for errors in a space of features: regions are
    the k nearest neighbours of each example, among those of its label and among all, for a dozen k; the score of a
    region is the likelihood ratio of two rates of error, inside and outside, to one. The highest score over all regions
    is compared with the highest over all regions of shuffled errors, so that the search itself is part of the test and
    no example is kept from it.

    The gap's interval holds all gaps whose likelihood ratio the threshold does not reject; it holds for every region at
    once and is above zero wherever a region is given. The gap of a region that was sought is too high: errors drawn
    from the two rates found are searched in the same way, and what the best region's gap exceeds its own rates by, on
    average, is taken off.

    Args:
        places: where the examples lie, shape (examples, directions).
        wrong: shape (examples,).
        target: positions of the labels, shape (examples,).
        generator: of shuffles and replicas.
    """
    number, errors = len(wrong), int(wrong.sum())
    if errors < 2 or errors == number:
        return None
    sizes = _sizes(number)
    lists_LK, lengths = _neighbours(places, target, most=sizes[-1])
    shuffled = np.array([generator.permutation(wrong) for _ in range(_DRAWS)])
    best = _scan(np.vstack([wrong, shuffled]), lists_LK, lengths, sizes)
    threshold = float(np.sort(best.score[1:])[-_ALLOWED])
    if best.score[0] <= threshold:
        return None
    members = lists_LK[best.row[0], : best.size[0]]
    inside = int(wrong[members].sum())
    gap = _gap(inside, len(members), errors, number)
    low, high = _bounds(inside, len(members), errors, number, threshold)
    rates = np.full(number, (errors - inside) / (number - len(members)))
    rates[members] = inside / len(members)
    added = _measure_added(rates, lists_LK, lengths, sizes, threshold, generator)
    value = min(max(gap - added, low), high)
    return Region(members=members, gap=Interval(value=value, low=low, high=high, num_examples=number))


def _sizes(number: int) -> list[int]:
    most = min(max(number // _LARGEST_SHARE, _ALWAYS), number // 3)
    steps = int(np.log(most / _LEAST_SIZE) / np.log(_GROWTH)) + 1
    return sorted({round(_LEAST_SIZE * _GROWTH**step) for step in range(steps)} | {most})


def _neighbours(places: Floats, target: Ints, *, most: int) -> tuple[Ints, Ints]:
    """For each example a list of its label and one of all, nearest first, itself included, and how many are in it.

    A list that is too short goes on with the number of examples, which is the position of no example.
    """
    squares = (places**2).sum(axis=1)
    distance = squares[:, None] - 2 * places @ places.T + squares
    np.fill_diagonal(distance, -np.inf)
    lists, lengths = [], []
    for apart in (target[:, None] != target, None):
        far = distance if apart is None else np.where(apart, np.inf, distance)
        near = np.argpartition(far, most - 1, axis=1)[:, :most]
        order = np.argsort(np.take_along_axis(far, near, axis=1), axis=1, kind="stable")
        near = np.take_along_axis(near, order, axis=1)
        known = np.take_along_axis(far, near, axis=1) < np.inf
        lists.append(np.where(known, near, len(places)))
        lengths.append(known.sum(axis=1))
    return np.vstack(lists), np.concatenate(lengths)


def _scan(wrong_BN: npt.NDArray[np.bool_], lists_LK: Ints, lengths: Ints, sizes: list[int]) -> _Best:
    """The best region of each draw; its score is zero where no region has more errors than the rest."""
    draws, number = wrong_BN.shape
    total = wrong_BN.sum(axis=1)
    # A last row for the neighbour that is none.
    wrong_NB = np.vstack([wrong_BN.T, np.zeros((1, draws), dtype=bool)]).astype(np.intp)
    counts = np.zeros((len(lists_LK), draws), dtype=np.intp)
    score, row, size = np.zeros(draws), np.zeros(draws, dtype=np.int64), np.full(draws, sizes[0])
    done = 0
    for now in sizes:
        for place in range(done, now):
            counts += wrong_NB[lists_LK[:, place]]
        done = now
        ratio = np.take_along_axis(_ratios(now, total, number), counts, axis=0)
        ratio[lengths < now] = 0
        rows = ratio.argmax(axis=0)
        top = ratio[rows, np.arange(draws)]
        better = top > score
        score[better], row[better], size[better] = top[better], rows[better], now
    return _Best(score, row, size)


def _ratios(size: int, total: Ints, number: int) -> Floats:
    """Logarithm of the likelihood ratio for each number of errors inside, shape (size + 1, draws).

    Zero where errors are no denser inside, or where there are not so many.
    """
    whole = np.arange(number + 1, dtype=np.float64)
    entropy = whole * np.log(np.maximum(whole, 1))  # x log x of whole numbers, to be looked up
    inside = np.arange(size + 1)[:, None]
    outside = np.clip(total - inside, 0, number - size)
    value = entropy[inside] + entropy[size - inside] + entropy[outside] + entropy[number - size - outside]
    value += entropy[number] - entropy[total] - entropy[number - total] - entropy[size] - entropy[number - size]
    return np.where((inside * number > total * size) & (inside <= total), value, 0)


def _gap(inside: int, size: int, errors: int, number: int) -> float:
    return inside / size - (errors - inside) / (number - size)


def _bounds(inside: int, size: int, errors: int, number: int, threshold: float) -> tuple[float, float]:
    """The gaps whose best likelihood is within the threshold of the best of all."""
    rest, others = errors - inside, number - size

    def likelihood(hits: int, of: int, rate: Floats) -> Floats:
        rate = np.clip(rate, 1e-12, 1 - 1e-12)
        return np.asarray(hits * np.log(rate) + (of - hits) * np.log1p(-rate))

    best = likelihood(inside, size, np.array(inside / size)) + likelihood(rest, others, np.array(rest / others))
    outside = np.linspace(0, 1, _GRID)
    gaps = np.linspace(-1, 1, 2 * _GRID - 1)[:, None]
    possible = (gaps + outside >= 0) & (gaps + outside <= 1)
    known = likelihood(inside, size, gaps + outside) + likelihood(rest, others, outside)
    within = gaps[best - np.where(possible, known, -np.inf).max(axis=1) <= threshold, 0]
    value = _gap(inside, size, errors, number)
    return min(float(within.min(initial=value)), value), max(float(within.max(initial=value)), value)


def _measure_added(
    rates: Floats, lists_LK: Ints, lengths: Ints, sizes: list[int], threshold: float, generator: np.random.Generator
) -> float:
    """By how much the gap of the best region exceeds its own rates, on average over errors drawn from them."""
    drawn = generator.random((_REPLICAS, len(rates))) < rates
    best = _scan(drawn, lists_LK, lengths, sizes)
    excess = []
    for wrong, score, row, size in zip(drawn, best.score, best.row, best.size, strict=True):
        members = lists_LK[row, :size]
        if score <= threshold or len(rates) in members:
            continue
        outside = np.ones(len(rates), dtype=bool)
        outside[members] = False
        seen = wrong[members].mean() - wrong[outside].mean()
        excess.append(seen - (rates[members].mean() - rates[outside].mean()))
    return max(float(np.mean(excess)), 0.0) if excess else 0.0
