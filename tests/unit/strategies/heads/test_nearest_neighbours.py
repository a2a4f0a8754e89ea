"""The neighbours head against votes counted by hand, and hostile labels."""

import pytest
import torch

from injerto.core.errors import ModelError
from injerto.strategies.heads.head import load_head
from injerto.strategies.heads.nearest_neighbours import NearestNeighboursHead, NearestNeighboursSettings, Weights


def line_head(weights: Weights, k: int, smoothing: float = 1e-9) -> NearestNeighboursHead:
    """Stored at 0, 1, 3 and 6 on a line, of the classes 0, 1, 1 and 2."""
    options = NearestNeighboursSettings(
        num_features=1, num_classes=3, num_stored=4, k=k, metric="euclidean", weights=weights, smoothing=smoothing
    )
    return NearestNeighboursHead.of(options, torch.tensor([[0.0], [1.0], [3.0], [6.0]]), torch.tensor([0, 1, 1, 2]))


@pytest.mark.parametrize(
    ("weights", "at", "shares"),
    [
        ("uniform", 0.25, [1 / 3, 2 / 3, 0]),
        ("distance", 0.25, [4 / (4 + 4 / 3 + 4 / 11), (4 / 3 + 4 / 11) / (4 + 4 / 3 + 4 / 11), 0]),
        ("distance", 1.0, [0.0, 1.0, 0.0]),
        ("uniform", 5.0, [0, 2 / 3, 1 / 3]),
    ],
)
def test_shares_are_the_votes_of_the_nearest(weights: Weights, at: float, shares: list[float]) -> None:
    found = line_head(weights, k=3)(torch.tensor([[at]])).softmax(1)
    torch.testing.assert_close(found, torch.tensor([shares]), atol=1e-6, rtol=0)


def test_smoothing_mixes_in_the_uniform_distribution() -> None:
    found = line_head("uniform", k=1, smoothing=0.5)(torch.tensor([[0.0]])).softmax(1)
    torch.testing.assert_close(found, torch.tensor([[4 / 6, 1 / 6, 1 / 6]]))


def test_more_neighbours_than_stored_are_all_of_them() -> None:
    found = line_head("uniform", k=99)(torch.tensor([[0.0]])).softmax(1)
    torch.testing.assert_close(found, torch.tensor([[0.25, 0.5, 0.25]]), atol=1e-6, rtol=0)


@pytest.mark.parametrize("label", [-1, 3, 1 << 40])
def test_labels_out_of_bounds_are_refused(label: int) -> None:
    head = line_head("uniform", k=1)
    state = head.state_dict() | {"labels": torch.tensor([0, 1, label, 2])}
    with pytest.raises(ModelError, match=r"M404.*labels"):
        load_head(head.name, head.settings(), state)


@pytest.mark.parametrize("change", [{"k": 0}, {"metric": "manhattan"}, {"weights": "mine"}, {"smoothing": 0.0}])
def test_settings_that_no_fit_writes_are_refused(change: dict[str, object]) -> None:
    head = line_head("uniform", k=1)
    with pytest.raises(ModelError, match=f"M402.*{next(iter(change))}"):
        load_head(head.name, head.settings() | change, head.state_dict())
