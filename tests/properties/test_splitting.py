"""Properties of every division: disjoint, covering, nothing that belongs together torn apart, in proportion."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from injerto.core.survey import Modality
from injerto.data.items import Text
from injerto.data.labelled import Example, LabelledData
from injerto.data.splitting import make_splits


def _data(texts: Sequence[str], labels: Sequence[tuple[str, ...]], groups: Sequence[str | None]) -> LabelledData:
    examples = tuple(
        Example(item=Text(text), labels=own, where=f"row {i}", group=group)
        for i, (text, own, group) in enumerate(zip(texts, labels, groups, strict=True))
    )
    return LabelledData(
        source="simulated",
        modality=Modality.TEXT,
        examples=examples,
        labels=tuple(sorted({label for own in labels for label in own})),
        multi_label=any(len(own) != 1 for own in labels),
    )


@st.composite
def data_sets(draw: st.DrawFn) -> LabelledData:
    """Data with copies, groups, rare classes and many labels, but enough of two classes to be divided."""
    size = draw(st.integers(12, 80))
    num_contents = draw(st.integers(8, size))
    # Contents 0 to 2 have neither copies nor groups, so that there are three clusters at least.
    texts = [f"content {i if i < 8 else draw(st.integers(3, num_contents - 1))}" for i in range(size)]
    many = draw(st.booleans())
    one_label = st.sampled_from("aaabbbccd")
    own = st.sets(one_label, max_size=3).map(lambda s: tuple(sorted(s))) if many else one_label.map(lambda c: (c,))
    labels = [("a",), ("b",)] * 2 + [draw(own) for _ in range(size - 4)]
    group = st.none() | st.integers(0, 30).map(str)
    groups = [None if i < 8 else draw(group) for i in range(size)]
    return _data(texts, labels, groups)


@settings(max_examples=100, deadline=None)
@given(data_sets(), st.integers(0, 5))
def test_division_is_disjoint_covering_and_tears_nothing_apart(data: LabelledData, seed: int) -> None:
    splits = make_splits(data, seed=seed)
    parts = (splits.train, splits.tune, splits.test)
    assert sorted(int(i) for part in parts for i in part) == list(range(len(data)))
    assert all(len(part) for part in parts)
    for key in ("digest", "group"):
        seen: dict[str, int] = {}
        for number, part in enumerate(parts):
            for i in part:
                example = data.examples[int(i)]
                value = example.item.digest if key == "digest" else example.group
                if value is not None:
                    assert seen.setdefault(value, number) == number


@settings(max_examples=40, deadline=None)
@given(data_sets(), st.integers(0, 5))
def test_same_seed_gives_the_same_division(data: LabelledData, seed: int) -> None:
    first, second = make_splits(data, seed=seed), make_splits(data, seed=seed)
    assert all(np.array_equal(getattr(first, name), getattr(second, name)) for name in ("train", "tune", "test"))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=12).filter(lambda n: sorted(n)[-2] > 2), st.integers(0, 5))
def test_every_class_is_within_one_example_of_its_share(sizes: list[int], seed: int) -> None:
    labels = [(f"class {number}",) for number, size in enumerate(sizes) for _ in range(size)]
    data = _data([f"text {i}" for i in range(len(labels))], labels, [None] * len(labels))
    splits = make_splits(data, seed=seed)
    totals = Counter(labels)
    for part, share in ((splits.train, 0.65), (splits.tune, 0.15), (splits.test, 0.2)):
        counts = Counter(labels[int(i)] for i in part)
        for label, total in totals.items():
            assert abs(counts[label] - share * total) <= 1 + 1e-6
    assert {labels[int(i)] for i in splits.train} == set(totals)


@settings(max_examples=40, deadline=None)
@given(st.integers(20, 80), st.integers(3, 6), st.integers(0, 5))
def test_many_small_classes_do_not_starve_a_split(num_classes: int, per_class: int, seed: int) -> None:
    labels = [(f"class {number:03}",) for number in range(num_classes) for _ in range(per_class)]
    data = _data([f"text {i}" for i in range(len(labels))], labels, [None] * len(labels))
    splits = make_splits(data, seed=seed)
    for part, share in ((splits.train, 0.65), (splits.tune, 0.15), (splits.test, 0.2)):
        assert abs(len(part) - share * len(labels)) <= max(3, 0.06 * len(labels))


@settings(max_examples=40, deadline=None)
@given(data_sets(), st.integers(0, 5))
def test_order_of_the_examples_does_not_matter_without_copies(data: LabelledData, seed: int) -> None:
    unique = {example.item.digest: i for i, example in enumerate(data.examples)}
    alone = data.subset(sorted(unique.values()))
    if len(alone) < 12 or sum(count > 1 for count in Counter(e.labels for e in alone.examples).values()) < 2:
        return
    turned = alone.subset(np.arange(len(alone))[::-1])
    first, second = make_splits(alone, seed=seed), make_splits(turned, seed=seed)
    assert {alone.examples[int(i)].where for i in first.test} == {turned.examples[int(i)].where for i in second.test}
