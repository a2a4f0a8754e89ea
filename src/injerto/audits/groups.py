"""Figures by group: values, the gap to all others with an interval, ratios, crossings of columns."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from injerto.core.evidence import Interval
from injerto.core.finding import GroupFigures, GroupMeasure, GroupTable, LabelRates
from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.data.arrays import Floats, Ints
from injerto.evidence.answered import AbstractAnswers, wilson
from injerto.evidence.quantities import AbstractQuantity, resample_means

Groups = Mapping[str, tuple[str | None, ...]]
"""For each column the group of each example; None where the cell is empty."""

LEAST: Final = 20
"""Examples of a group below which nothing is said of it."""
_MOST_SMALL: Final = 20
"""Groups too small to judge that are listed: a column of names has thousands."""
_MOST_LABELS: Final = 20
"""Labels of which a group's rates are listed, the most frequent."""
_CONFIDENCE: Final = 0.95
_CROSSED: Final = " × "
_LEAST_RATIO: Final = 1e-6


def with_crossings(groups: Groups) -> Groups:
    """The columns and every pair of them: a gap may show in a crossing and in neither column alone.

    A crossing that splits no group of one of its columns is that column over again, and is left out.
    """
    crossed = {
        f"{a}{_CROSSED}{b}": tuple(
            None if one is None or other is None else f"{one}{_CROSSED}{other}"
            for one, other in zip(groups[a], groups[b], strict=True)
        )
        for a, b in combinations(groups, 2)
    }
    new = {
        name: column
        for (name, column), pair in zip(crossed.items(), combinations(groups, 2), strict=True)
        if len(sizes(column)) > max(len(sizes(groups[one])) for one in pair)
    }
    return {**groups, **new}


def sizes(column: tuple[str | None, ...]) -> Counter[str]:
    """How many examples each group has; those without a group belong to none."""
    return Counter(value for value in column if value is not None)


def judged_groups(column: tuple[str | None, ...]) -> dict[str, np.ndarray]:
    """Which examples belong to each group that is large enough to judge, and not all there is."""
    found = sizes(column)
    values = np.array([value if value is not None else "" for value in column], dtype=object)
    stated = stated_in(column)
    enough = sorted(name for name, size in found.items() if LEAST <= size <= found.total() - LEAST)
    return {name: stated & (values == name) for name in enough}


def stated_in(column: tuple[str | None, ...]) -> npt.NDArray[np.bool_]:
    """Which examples belong to a group at all."""
    return np.array([value is not None for value in column], dtype=bool)


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
    draws = resample_means(rest, seed=derive_seed(seed, "rest"))
    draws -= resample_means(group, seed=derive_seed(seed, "group"))
    return _interval(value, draws, num_compared=num_compared, num_examples=len(rest) + len(group))


def measure_gap(
    quantity: AbstractQuantity,
    group: Ints,
    rest: Ints,
    *,
    seed: int,
    less: AbstractQuantity | None = None,
    num_compared: int = 1,
) -> Interval:
    """How much worse a quantity is for a group than for all others, above zero where it is worse.

    Args:
        quantity: what is measured.
        group: positions of the group's examples.
        rest: of all others.
        seed: of the resampling.
        less: a quantity of the same examples whose gap is taken off, resample by resample.
        num_compared: how many such intervals are read together; see `measure_difference`.
    """
    sign = 1.0 if quantity.higher_is_better else -1.0

    def gap(one: AbstractQuantity) -> tuple[float, Floats]:
        own, others = (one.draws(some, seed=derive_seed(seed, who)) for some, who in ((group, "group"), (rest, "rest")))
        drawn = _pair(own, others, lambda group, rest: rest - group)
        return sign * (one.of(rest) - one.of(group)), sign * drawn

    value, draws = gap(quantity)
    if less is not None:
        other, drawn = gap(less)
        value, draws = value - other, draws - drawn
    return _interval(value, draws, num_compared=num_compared, num_examples=len(rest) + len(group))


def measure_groups(
    quantities: Sequence[AbstractQuantity],
    columns: Groups,
    *,
    seed: int,
    answered: AbstractAnswers | None = None,
    labels: tuple[str, ...] = (),
) -> tuple[GroupTable, ...]:
    """One table a column, without origins; the first quantity is the one that judges.

    Args:
        quantities: of the same examples.
        columns: see `Groups`.
        seed: of the resampling.
        answered: where answers are labels, one or several: rates of each label and their spreads over groups follow.
        labels: their names.
    """
    return tuple(_measure_table(name, column, quantities, answered, labels, seed) for name, column in columns.items())


def _measure_table(
    name: str,
    column: tuple[str | None, ...],
    quantities: Sequence[AbstractQuantity],
    answered: AbstractAnswers | None,
    labels: tuple[str, ...],
    seed: int,
) -> GroupTable:
    judged = judged_groups(column)
    stated = stated_in(column)
    first = quantities[0]
    figures = []
    for group, mask in judged.items():
        inside, outside = np.flatnonzero(mask), np.flatnonzero(stated & ~mask)
        own = derive_seed(seed, name, group)
        measures = [_measure(one, inside, outside, num_compared=len(judged), seed=own) for one in quantities]
        figures.append(
            GroupFigures(
                group=group,
                num_examples=len(inside),
                value=measures[0].value,
                gap=measures[0].gap,
                ratio=measures[0].ratio,
                further=tuple(measures[1:]),
                labels=() if answered is None else tuple(_label_rates(answered, inside, labels)),
            )
        )
    figures.sort(key=lambda one: (_badness(one, first), one.group))
    return GroupTable(
        column=name,
        metric=first.name,
        unit=first.unit,
        higher_is_better=first.higher_is_better,
        groups=(*figures, *_unjudged(column, judged)),
        worst=figures[0].group if figures else None,
        mean=first.of(np.arange(len(column))),
        equalised_odds=None if answered is None else max(_rate_spreads(answered, judged), default=None),
        demographic_parity=None if answered is None else max(_share_spreads(answered, judged), default=None),
    )


def _badness(one: GroupFigures, quantity: AbstractQuantity) -> float:
    assert one.value is not None
    return one.value.value if quantity.higher_is_better else -one.value.value


def _measure(quantity: AbstractQuantity, group: Ints, rest: Ints, *, num_compared: int, seed: int) -> GroupMeasure:
    """Value, gap and ratio of one quantity for one group."""
    own, others = quantity.of(group), quantity.of(rest)
    if not np.isfinite([own, others]).all():  # No false alarm is possible where every example carries the label.
        return GroupMeasure(metric=quantity.name, value=None)
    drawn = quantity.draws(group, seed=derive_seed(seed, "group"))
    drawn_rest = quantity.draws(rest, seed=derive_seed(seed, "rest"))
    sign = 1.0 if quantity.higher_is_better else -1.0
    together = {"num_compared": num_compared, "num_examples": len(group) + len(rest)}
    ratio = None
    if others > _LEAST_RATIO:
        ratio = _interval(
            own / others, _pair(drawn, drawn_rest, lambda own, rest: own / np.maximum(rest, _LEAST_RATIO)), **together
        )
    return GroupMeasure(
        metric=quantity.name,
        value=_interval(own, drawn, num_compared=1, num_examples=len(group)),
        gap=_interval(sign * (others - own), sign * _pair(drawn, drawn_rest, lambda own, rest: rest - own), **together),
        ratio=ratio,
    )


def _pair(group: Floats, rest: Floats, make: Callable[[Floats, Floats], Floats]) -> Floats:
    """Draws of both in step; where one has fewer the others are left out."""
    number = min(len(group), len(rest))
    return make(group[:number], rest[:number])


def _interval(value: float, draws: Floats, *, num_compared: int, num_examples: int) -> Interval:
    """The percentile interval; imagined examples pull the draws, and what was measured is never outside."""
    known = draws[np.isfinite(draws)]
    tail = 50 * (1 - _CONFIDENCE) / num_compared
    low, high = np.percentile(known, [tail, 100 - tail]) if len(known) else (value, value)
    return Interval(value=value, low=min(float(low), value), high=max(float(high), value), num_examples=num_examples)


def _label_rates(answered: AbstractAnswers, positions: Ints, labels: tuple[str, ...]) -> Iterator[LabelRates]:
    """Recall, precision, false positives and share of each of the most frequent labels, each as hits of a number."""
    frequent = np.argsort(-answered.count()[0], kind="stable")[:_MOST_LABELS].tolist()
    carried, named, hits = answered.count(positions)
    for label in frequent:
        yield LabelRates(
            label=labels[label] if len(labels) > label else str(label),
            num_examples=int(carried[label]),
            recall=_rate(hits[label], carried[label]),
            precision=_rate(hits[label], named[label]),
            false_positives=_rate(named[label] - hits[label], len(positions) - carried[label]),
            share=_rate(named[label], len(positions)),
        )


def _rate(hits: int, total: int) -> Interval | None:
    """A share with Wilson's interval; None of nothing."""
    if not total:
        return None
    low, high = wilson(int(hits), int(total))
    return Interval(value=float(hits / total), low=low, high=high, num_examples=int(total))


def _unjudged(column: tuple[str | None, ...], judged: dict[str, np.ndarray]) -> Iterator[GroupFigures]:
    """The largest of the groups that are too small, how many more there are, and the examples without one."""
    small = [(group, size) for group, size in sizes(column).most_common() if group not in judged]
    for group, size in sorted(small[:_MOST_SMALL]):
        yield GroupFigures(group=group, num_examples=size)
    if more := small[_MOST_SMALL:]:
        yield GroupFigures(group=say("audit.more-groups", number=len(more)), num_examples=sum(size for _, size in more))
    if without := sum(value is None for value in column):
        yield GroupFigures(group=say("audit.not-stated"), num_examples=without)


def _rate_spreads(answered: AbstractAnswers, judged: dict[str, np.ndarray]) -> Iterator[float]:
    """For each label the spread over groups of its recall and of its false alarms; groups with enough of either."""
    for label in np.flatnonzero(answered.count()[0]).tolist():
        is_it, said = answered.carries(label), answered.says(label)
        for base in (is_it, ~is_it):
            rates = [float(said[mask & base].mean()) for mask in judged.values() if (mask & base).sum() >= LEAST]
            if len(rates) > 1:
                yield max(rates) - min(rates)


def _share_spreads(answered: AbstractAnswers, judged: dict[str, np.ndarray]) -> Iterator[float]:
    """For each label the spread over groups of its share among the answers."""
    for label in np.flatnonzero(answered.count()[1]).tolist():
        shares = [float(answered.says(label)[mask].mean()) for mask in judged.values()]
        if len(shares) > 1:
            yield max(shares) - min(shares)
