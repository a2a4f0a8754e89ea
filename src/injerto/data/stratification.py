"""Dividing clusters of examples into parts of given shares, each part with every label in proportion."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from injerto.core.hashing import digest_text

_EPSILON: Final = 1e-9


def divide(
    clusters: npt.NDArray[np.int64],
    labels: Sequence[tuple[str, ...]],
    names: Sequence[str],
    *,
    shares: Sequence[float],
    seed: int,
) -> npt.NDArray[np.int64]:
    """The part, an index into `shares`, of each example; a cluster is never divided.

    Labels are dealt out from the rarest to the most frequent, the largest clusters first. Within a label each part
    first gets the whole number of examples due to it; who gets the remainder is decided by what the parts lack over
    all labels so far, so that many small classes do not all leave the same part short (iterative stratification after
    Sechidis et al., 2011, with a carry). The first cluster of each label goes to part 0, the training part.

    Args:
        clusters: cluster of each example, numbered from 0.
        labels: labels of each example; those without any count as a label of their own.
        names: a name of each cluster that is the same on every machine; with the seed it orders equal clusters.
        shares: what each part should hold, adding up to 1; part 0 trains.
        seed: another seed gives another division.
    """
    contents, totals = _count(clusters, labels, len(names))
    sizes = np.bincount(clusters, minlength=len(names)).tolist()
    order = sorted(range(len(names)), key=lambda cluster: (-sizes[cluster], digest_text(str(seed), names[cluster])))
    holders: dict[str, list[int]] = {label: [] for label in totals}
    for cluster in order:
        for label in contents[cluster]:
            holders[label].append(cluster)
    share = np.asarray(shares, dtype=np.float64)
    due = {label: share * total for label, total in totals.items()}
    lacking = np.zeros_like(share)  # over the labels dealt so far: what was due minus what was given
    part = np.full(len(names), -1, dtype=np.int64)
    for label in sorted(totals, key=lambda label: (totals[label], label)):
        has_train = any(part[cluster] == 0 for cluster in holders[label])
        for cluster in holders[label]:
            if part[cluster] >= 0:
                continue
            chosen = _choose(due[label], lacking) if has_train else 0
            has_train = True
            part[cluster] = chosen
            for other, count in contents[cluster].items():
                due[other][chosen] -= count
        lacking += due[label]
    return part[clusters]


def _count(
    clusters: npt.NDArray[np.int64], labels: Sequence[tuple[str, ...]], num_clusters: int
) -> tuple[list[Counter[str]], Counter[str]]:
    """Examples of each label in each cluster, and in all."""
    contents: list[Counter[str]] = [Counter() for _ in range(num_clusters)]
    totals: Counter[str] = Counter()
    for cluster, own in zip(clusters.tolist(), labels, strict=True):
        contents[cluster].update(own or ("",))
        totals.update(own or ("",))
    return contents, totals


def _choose(due: npt.NDArray[np.float64], lacking: npt.NDArray[np.float64]) -> int:
    """The part that gets the next cluster: one that is due a whole example, else the one that lacks most overall."""
    whole = due >= 1 - _EPSILON
    if whole.any():
        return int(np.argmax(np.where(whole, due, -np.inf)))
    is_open = due > _EPSILON
    return int(np.argmax(np.where(is_open | ~is_open.any(), due + lacking, -np.inf)))
