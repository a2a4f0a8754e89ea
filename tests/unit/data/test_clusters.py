"""Clusters join what shares a key, directly or by a chain."""

from injerto.data.clusters import find_clusters


def test_chain_of_keys_joins_all() -> None:
    assert find_clusters(["a", "a", "b", "c"], [None, "g", "g", "h"]).tolist() == [0, 0, 0, 1]


def test_none_joins_nothing() -> None:
    assert find_clusters([None, None, None]).tolist() == [0, 1, 2]
