"""The search finds the nearest, exactly, and says who wins a tie."""

import pytest
import torch

from injerto.strategies.heads import standardisation
from injerto.strategies.heads.neighbour_search import Metric, nearest


def search(query: torch.Tensor, stored: torch.Tensor, k: int, metric: Metric) -> tuple[torch.Tensor, torch.Tensor]:
    at, distance = zip(*nearest(query, stored, k=k, metric=metric), strict=True)
    return torch.cat(at), torch.cat(distance)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_neighbours_are_those_of_a_full_sort(metric: Metric, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standardisation, "_BLOCK_NUMBERS", 500)
    generator = torch.Generator().manual_seed(0)
    query = torch.randn(33, 6, generator=generator, dtype=torch.float64) + 5
    stored = torch.randn(50, 6, generator=generator, dtype=torch.float64) + 5
    if metric == "euclidean":
        full = (query[:, None] - stored[None]).norm(dim=2)
    else:
        full = 1 - torch.nn.functional.cosine_similarity(query[:, None], stored[None], dim=2)
    at, distance = search(query, stored, 7, metric)
    wanted = full.sort(dim=1)
    assert torch.equal(at, wanted.indices[:, :7])
    torch.testing.assert_close(distance, wanted.values[:, :7], atol=1e-12, rtol=1e-9)


def test_equal_distances_go_to_the_example_stored_first() -> None:
    stored = torch.tensor([[2.0], [-1.0], [1.0], [1.0], [-1.0]])
    at, distance = search(torch.zeros(1, 1), stored, 3, "euclidean")
    assert at.tolist() == [[1, 2, 3]]
    assert distance.tolist() == [[1.0, 1.0, 1.0]]


def test_an_example_far_from_the_origin_is_at_distance_zero_from_itself() -> None:
    stored = torch.tensor([[1e6, 3.0], [1e6, 3.001]])
    at, distance = search(stored, stored, 1, "euclidean")
    assert at.tolist() == [[0], [1]]
    assert distance.tolist() == [[0.0], [0.0]]


def test_a_zero_vector_is_at_cosine_distance_one() -> None:
    _, distance = search(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), 1, "cosine")
    assert distance.tolist() == [[1.0]]


def test_left_out_neighbours_are_never_oneself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standardisation, "_BLOCK_NUMBERS", 60)
    stored = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
    blocks = list(nearest(stored, stored, k=4, metric="euclidean", leave_self_out=True))
    at = torch.cat([positions for positions, _ in blocks])
    assert len(blocks) > 1
    assert not (at == torch.arange(20)[:, None]).any()
