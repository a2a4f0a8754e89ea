"""Figures by group: accuracy, the gap to all others with an interval, crossings of columns."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Final

import numpy as np

from injerto.core.evidence import Interval
from injerto.core.finding import GroupFigures, GroupTable
from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.data.arrays import Floats, Ints
from injerto.evidence.answered import Answered
from injerto.evidence.bootstrap import measure_accuracy

Groups = Mapping[str, tuple[str | None, ...]]
"""For each column the group of each example; None where the cell is empty."""

LEAST: Final = 20
"""Examples of a group below which nothing is said of it."""
_MOST_SMALL: Final = 20
"""Groups too small to judge that are listed: a column of names has thousands."""
_RESAMPLES: Final = 4000
_CONFIDENCE: Final = 0.95
_CROSSED: Final = " × "


def with_crossings(groups: Groups) -> Groups:
    """The columns and every pair of them: a gap may show in a crossing and in neither column alone."""
    crossed = {
        f"{a}{_CROSSED}{b}": tuple(
            None if one is None or other is None else f"{one}{_CROSSED}{other}"
            for one, other in zip(groups[a], groups[b], strict=True)
        )
        for a, b in combinations(groups, 2)
    }
    return {**groups, **crossed}


def sizes(column: tuple[str | None, ...]) -> Counter[str]:
    """How many examples each group has; those without a group belong to none."""
    return Counter(value for value in column if value is not None)


def judged_groups(column: tuple[str | None, ...]) -> dict[str, np.ndarray]:
    """Which examples belong to each group that is large enough to judge, and not all there is."""
    found = sizes(column)
    values = np.array([value if value is not None else "" for value in column], dtype=object)
    stated = np.array([value is not None for value in column])
    enough = sorted(name for name, size in found.items() if LEAST <= size <= found.total() - LEAST)
    return {name: stated & (values == name) for name in enough}


def measure_difference(rest: Floats, group: Floats, *, num_compared: int, seed: int) -> Interval:
    """Mean of `rest` minus mean of `group`, two independent samples of values in −1, 0 and 1.

    With several groups compared the worst of them looks bad by luck alone, so that the intervals together hold the
    truth in 95 of 100 cases (Bonferroni). Into each sample go one imagined example of the best and one of the worst
    outcome (Agresti and Caffo 2000): of twenty examples all right, every resample would be perfect.

    Args:
        rest: of all others, shape (examples,).
        group: of the group, shape (examples,).
        num_compared: how many such intervals are read together.
    """
    value = float(rest.mean() - group.mean())
    draws = _resampled(rest, derive_seed(seed, "rest")) - _resampled(group, derive_seed(seed, "group"))
    tail = 50 * (1 - _CONFIDENCE) / num_compared
    low, high = np.percentile(draws, [tail, 100 - tail])
    # Imagined examples pull towards zero; what was measured is never outside its own interval.
    return Interval(
        value=value, low=min(float(low), value), high=max(float(high), value), num_examples=len(rest) + len(group)
    )


def measure_groups(answered: Answered, columns: Groups, *, seed: int) -> tuple[GroupTable, ...]:
    """One table a column, without origins."""
    right = answered.right.astype(np.float64)
    return tuple(_measure_table(name, column, answered, right, seed=seed) for name, column in columns.items())


def _measure_table(
    name: str, column: tuple[str | None, ...], answered: Answered, right: Floats, *, seed: int
) -> GroupTable:
    judged = judged_groups(column)
    stated = np.array([value is not None for value in column])
    figures = list(_unjudged(column, judged))
    for group, mask in judged.items():
        inside = derive_seed(seed, name, group)
        gap = measure_difference(right[stated & ~mask], right[mask], num_compared=len(judged), seed=inside)
        accuracy = measure_accuracy(right[mask], seed=inside)
        figures.append(GroupFigures(group=group, num_examples=int(mask.sum()), accuracy=accuracy, gap=gap))
    figures.sort(key=lambda one: (one.accuracy is None, one.accuracy.value if one.accuracy else 0.0, one.group))
    return GroupTable(
        column=name,
        groups=tuple(figures),
        worst=figures[0].group if figures and figures[0].accuracy is not None else None,
        mean=float(right.mean()),
        equalised_odds=max(_rate_spreads(answered, judged), default=None),
        demographic_parity=max(_share_spreads(answered, judged), default=None),
    )


def _unjudged(column: tuple[str | None, ...], judged: dict[str, np.ndarray]) -> Iterator[GroupFigures]:
    """The largest of the groups that are too small, how many more there are, and the examples without one."""
    small = [(group, size) for group, size in sizes(column).most_common() if group not in judged]
    for group, size in small[:_MOST_SMALL]:
        yield GroupFigures(group=group, num_examples=size)
    if more := small[_MOST_SMALL:]:
        yield GroupFigures(group=say("audit.more-groups", number=len(more)), num_examples=sum(size for _, size in more))
    if without := sum(value is None for value in column):
        yield GroupFigures(group=say("audit.not-stated"), num_examples=without)


def _rate_spreads(answered: Answered, judged: dict[str, np.ndarray]) -> Iterator[float]:
    """For each label the spread over groups of its recall and of its false alarms; groups with enough of either."""
    for label in np.unique(answered.target):
        is_it, said = answered.target == label, answered.predicted == label
        for base in (is_it, ~is_it):
            rates = [float(said[mask & base].mean()) for mask in judged.values() if (mask & base).sum() >= LEAST]
            if len(rates) > 1:
                yield max(rates) - min(rates)


def _share_spreads(answered: Answered, judged: dict[str, np.ndarray]) -> Iterator[float]:
    """For each label the spread over groups of its share among the answers."""
    for label in np.unique(answered.predicted):
        shares = [float((answered.predicted[mask] == label).mean()) for mask in judged.values()]
        if len(shares) > 1:
            yield max(shares) - min(shares)


def gap_of(values: Ints | Floats, mask: np.ndarray, stated: np.ndarray) -> tuple[Floats, Floats]:
    """The values of all others and of the group, as `measure_difference` takes them."""
    as_floats = values.astype(np.float64)
    return as_floats[stated & ~mask], as_floats[mask]


def _resampled(values: Floats, seed: int) -> Floats:
    """Means of resamples: of a few different values it is enough to draw how often each comes."""
    low, high = min(0.0, float(values.min())), 1.0
    held = np.concatenate([values, [low, high]])
    kinds, counts = np.unique(held, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(held), counts / len(held), size=_RESAMPLES)
    return np.asarray(drawn @ kinds / len(held))
