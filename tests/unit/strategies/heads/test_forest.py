"""Stored trees are walked right, and trees that would lead astray are refused."""

import pytest
import torch
from torch import Tensor

from injerto.core.errors import ModelError
from injerto.strategies.heads.forest import ForestHead, ForestSettings
from injerto.strategies.heads.head import load_head

SETTINGS: dict[str, object] = ForestSettings(
    num_features=2, num_classes=2, num_trees=2, num_nodes=6, num_leaves=4, depth=2, smoothing=1e-6
).model_dump()


def two_trees() -> dict[str, Tensor]:
    """x0 <= 1 ? A : (x1 <= 5 ? B : C), and a tree that is one leaf D."""
    return {
        "root": torch.tensor([0, 5]),
        "feature": torch.tensor([0, 0, 1, 0, 0, 0]),
        "threshold": torch.tensor([1.0, 0, 5.0, 0, 0, 0], dtype=torch.float64),
        "left": torch.tensor([1, 1, 3, 3, 4, 5]),
        "right": torch.tensor([2, 1, 4, 3, 4, 5]),
        "leaf": torch.tensor([0, 0, 0, 1, 2, 3]),
        "share": torch.tensor([[1.0, 0.0], [0.2, 0.8], [0.0, 1.0], [0.5, 0.5]]),
    }


def test_examples_end_in_the_leaf_that_their_features_ask_for() -> None:
    head = load_head("forest", SETTINGS, two_trees())
    features = torch.tensor([[1.0, 9.0], [1.5, 5.0], [1.5, 5.1]])
    wanted = torch.tensor([[0.75, 0.25], [0.35, 0.65], [0.25, 0.75]])
    assert isinstance(head, ForestHead)
    torch.testing.assert_close(head(features).softmax(1), wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("name", "position", "value"),
    [
        ("root", 0, 6),
        ("root", 1, 0),
        ("feature", 0, 2),
        ("feature", 0, -1),
        ("left", 2, 0),
        ("left", 0, -1),
        ("left", 0, 2),
        ("right", 2, 2),
        ("right", 0, 6),
        ("right", 2, 5),
        ("leaf", 1, 4),
        ("leaf", 1, -1),
    ],
)
def test_indices_out_of_bounds_cycles_and_shared_nodes_are_refused(name: str, position: int, value: int) -> None:
    state = two_trees()
    state[name][position] = value
    with pytest.raises(ModelError, match="M404"):
        load_head("forest", SETTINGS, state)


@pytest.mark.parametrize("row", [[-0.5, 1.5], [0.0, 0.0], [1.0, 1.0]])
def test_shares_that_are_no_shares_are_refused(row: list[float]) -> None:
    state = two_trees()
    state["share"][1] = torch.tensor(row)
    with pytest.raises(ModelError, match=r"M404.*share"):
        load_head("forest", SETTINGS, state)


def test_a_depth_that_ends_before_the_leaves_is_refused() -> None:
    with pytest.raises(ModelError, match="M404"):
        load_head("forest", SETTINGS | {"depth": 1}, two_trees())


def test_a_depth_beyond_reason_is_refused() -> None:
    with pytest.raises(ModelError, match=r"M402.*depth"):
        load_head("forest", SETTINGS | {"depth": 1 << 20}, two_trees())
