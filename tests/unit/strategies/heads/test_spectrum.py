"""The decomposition is that of the weighted covariance, and it leaves the machine as it was."""

import pytest
import torch
from head_cases import blobs

from injerto.strategies.heads import spectrum
from injerto.strategies.heads.spectrum import decompose


@pytest.mark.parametrize(("num", "width", "rank"), [(40, 6, 6), (7, 30, 6), (10, 10, 9)])
def test_directions_rebuild_the_weighted_second_moment(num: int, width: int, rank: int) -> None:
    features, _ = blobs(num, width)
    weight = torch.linspace(0.5, 1.5, num, dtype=torch.float64)
    found = decompose(features, weight)
    value, basis, z = found.value_R, found.basis_DR, found.standardise(features)
    assert len(value) == rank
    torch.testing.assert_close(basis.T @ basis, torch.eye(rank, dtype=torch.float64))
    torch.testing.assert_close((basis * value) @ basis.T, z.T @ (weight[:, None] * z))
    torch.testing.assert_close(found.coordinates(features, slice(1, 6, 2)), z[1:6:2] @ basis)


@pytest.mark.parametrize("rows", [0, 4096])
def test_the_number_of_threads_is_put_back(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrum, "_ONE_THREAD_ROWS", rows)
    torch.set_num_threads(2)
    features, _ = blobs()
    weight = torch.ones(60, dtype=torch.float64)
    decompose(features, weight)
    assert torch.get_num_threads() == 2


def test_the_same_features_are_decomposed_once_and_changed_ones_anew() -> None:
    features, _ = blobs()
    weight = torch.ones(60, dtype=torch.float64)
    first = decompose(features, weight)
    assert decompose(features.clone(), weight).basis_DR is first.basis_DR
    features[0, 0] += 1
    assert not torch.equal(decompose(features, weight).value_R, first.value_R)


def test_coordinates_of_many_examples_are_not_held_and_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    features, _ = blobs()
    weight = torch.ones(60, dtype=torch.float64)
    held = decompose(features, weight)
    monkeypatch.setattr(spectrum, "_MOST_HELD", 10)
    computed = decompose(features, weight)
    assert held.t_NR is not None
    assert computed.t_NR is None
    torch.testing.assert_close(computed.coordinates(features, slice(9)), held.coordinates(features, slice(9)))
