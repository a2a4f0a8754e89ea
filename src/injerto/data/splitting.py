"""Which examples train, which tune and which test: given splits are respected, others made without leaks."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from injerto.core.errors import DataError, UsageError
from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.core.survey import Problem, Split
from injerto.data.clusters import find_clusters
from injerto.data.contents import find_conflicts, resolve_leaks
from injerto.data.draft import join_names, make_problem
from injerto.data.labelled import LabelledData, Splits
from injerto.data.stratification import divide

_MIN_EXAMPLES: Final = 6
_MAX_HELD_OUT: Final = 0.9


def make_splits(data: LabelledData, *, seed: int, tune_share: float = 0.15, test_share: float = 0.2) -> Splits:
    """Divide the examples into train, tune and test.

    Splits that the data give are kept: with train and test, tune is taken from train; with train and validation, the
    validation split becomes test and tune is taken from train. Copies in train of what is in a given tune or test are
    dropped from train, so that the given test stays comparable.

    Otherwise the division is stratified by label. Equal content and equal groups are never in two splits that
    injerto makes. The result depends on the contents, the seed and the shares only, not on the machine.

    Raises:
        DataError: there are too few examples, classes or groups, or the data give no training split.
        UsageError: the shares leave nothing to train on.
    """
    if min(tune_share, test_share) <= 0 or tune_share + test_share >= _MAX_HELD_OUT:
        raise UsageError("share-range", tune_share=tune_share, test_share=test_share)
    _check_enough(data)
    conflicts = find_conflicts(data)
    if {example.split for example in data.examples} & {"tune", "test"}:
        return _keep_given(data, conflicts, seed=seed, tune_share=tune_share)
    everything = np.arange(len(data), dtype=np.int64)
    shares = (1 - tune_share - test_share, tune_share, test_share)
    train, tune, test = divide_positions(data, everything, shares=shares, seed=seed)
    group = next((name for name, role in data.columns.items() if role == "group"), None)
    origin = say(
        "data.split.made" if group is None else "data.split.made-groups",
        train=_percent(shares[0]),
        tune=_percent(tune_share),
        test=_percent(test_share),
        seed=seed,
        column=group,
    )
    return Splits(train=train, tune=tune, test=test, origin=origin, problems=tuple(conflicts))


def _keep_given(data: LabelledData, conflicts: list[Problem], *, seed: int, tune_share: float) -> Splits:
    given: list[Split] = [example.split or "train" for example in data.examples]
    if "train" not in given:
        raise DataError("split-no-train", source=data.source, names=join_names(sorted(set(given))))
    origin = say("data.split.given")
    if "tune" not in given:
        origin = say("data.split.given-train-test", tune_share=_percent(tune_share))
    elif "test" not in given:
        given = ["test" if split == "tune" else split for split in given]
        origin = say("data.split.given-train-tune", tune_share=_percent(tune_share))
    dropped, num_leaks, problems = resolve_leaks(data, given)
    kept = [position for position in range(len(data)) if position not in dropped]
    train, tune, test = (
        np.array([position for position in kept if given[position] == split], dtype=np.int64)
        for split in ("train", "tune", "test")
    )
    if not len(tune):
        train, tune = divide_positions(data, train, shares=(1 - tune_share, tune_share), seed=seed)
    return Splits(
        train=train,
        tune=tune,
        test=test,
        origin=origin,
        num_leaks=num_leaks,
        problems=(*problems, *conflicts, *_crossing_groups(data, given), *_unseen_labels(data, train, given)),
    )


def divide_positions(
    data: LabelledData, positions: npt.NDArray[np.int64], *, shares: Sequence[float], seed: int
) -> tuple[npt.NDArray[np.int64], ...]:
    """Positions of each part, sorted; every part holds at least one cluster."""
    examples = [data.examples[int(position)] for position in positions]
    digests = [example.item.digest for example in examples]
    clusters = find_clusters(digests, [example.group for example in examples])
    num_clusters = int(clusters.max()) + 1 if len(clusters) else 0
    if num_clusters < len(shares):
        raise DataError("split-too-few-groups", source=data.source, num_groups=num_clusters, num_needed=len(shares))
    names = [""] * num_clusters
    for cluster, digest in zip(clusters.tolist(), digests, strict=True):
        names[cluster] = min(names[cluster] or digest, digest)
    # Sentences are no classes: nearly each is the only one of its kind.
    labels = [() if data.transcribed else example.labels for example in examples]
    part = divide(clusters, labels, names, shares=shares, seed=derive_seed(seed, "split"))
    for empty in sorted(set(range(len(shares))) - set(part.tolist())):
        part[clusters == _spare_cluster(clusters, part, labels)] = empty
    return tuple(positions[part == number] for number in range(len(shares)))


def _spare_cluster(
    clusters: npt.NDArray[np.int64], part: npt.NDArray[np.int64], labels: Sequence[tuple[str, ...]]
) -> int:
    """The cluster that a part with several can best do without: its labels stay in the part, and it is small."""
    in_part: Counter[tuple[int, str]] = Counter()
    in_cluster: defaultdict[int, Counter[str]] = defaultdict(Counter)
    part_of: dict[int, int] = {}
    for cluster, number, own in zip(clusters.tolist(), part.tolist(), labels, strict=True):
        part_of[cluster] = number
        in_cluster[cluster].update(own)
        in_part.update((number, label) for label in own)
    num_clusters = Counter(part_of.values())

    def cost(cluster: int) -> tuple[bool, int, int, int]:
        number, own = part_of[cluster], in_cluster[cluster]
        num_lost = sum(in_part[number, label] == count for label, count in own.items())
        return num_clusters[number] < 2, num_lost, own.total(), cluster

    return min(part_of, key=cost)


def _check_enough(data: LabelledData) -> None:
    counts = Counter(label for example in data.examples for label in example.labels)
    num_classes = sum(count >= 2 for count in counts.values())
    needed = 1 if data.multi_label else 2
    if len(data) < _MIN_EXAMPLES or (num_classes < needed and not data.transcribed):
        raise DataError("split-too-few", source=data.source, num_examples=len(data), num_classes=num_classes)


def _crossing_groups(data: LabelledData, given: list[Split]) -> list[Problem]:
    """Groups that the given splits tear apart: reported, since moving them would change the given test."""
    splits: defaultdict[str, set[Split]] = defaultdict(set)
    for example, split in zip(data.examples, given, strict=True):
        if example.group is not None:
            splits[example.group].add(split)
    return [
        make_problem(
            "group-crosses",
            data.source,
            say("data.problem.group-crosses", group=group, splits=" and ".join(sorted(found))),
            "kept",
        )
        for group, found in sorted(splits.items())
        if len(found) > 1
    ]


def _unseen_labels(data: LabelledData, train: npt.NDArray[np.int64], given: list[Split]) -> list[Problem]:
    """Labels that nothing in train carries."""
    seen = {label for position in train for label in data.labels_of(int(position))}
    unseen: defaultdict[str, set[Split]] = defaultdict(set)
    for position, split in enumerate(given):
        for label in data.labels_of(position):
            if label not in seen:
                unseen[label].add(split)
    return [
        make_problem(
            "label-unseen",
            data.source,
            say("data.problem.label-unseen", label=label, splits=" and ".join(sorted(found))),
            "not-learnable",
        )
        for label, found in sorted(unseen.items())
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
