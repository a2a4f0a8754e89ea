"""Examples that must stay together: equal content or equal group, and whatever these link."""

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt


def find_clusters(*keys: Sequence[Hashable | None]) -> npt.NDArray[np.int64]:
    """The cluster of each example, numbered from 0 by first appearance.

    Two examples are together when any of the `keys` sequences gives them an equal key, or when a chain of such
    pairs links them. None links to nothing.

    >>> find_clusters(["a", "b", "a", "c"], [None, 1, None, 1])
    array([0, 1, 0, 1])
    """
    parent = list(range(len(keys[0])))

    def root(member: int) -> int:
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for sequence in keys:
        first: dict[Hashable, int] = {}
        for member, key in enumerate(sequence):
            if key is None:
                continue
            if key in first:
                parent[root(member)] = root(first[key])
            else:
                first[key] = member
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(root(member), len(numbers)) for member in range(len(parent))], dtype=np.int64)
