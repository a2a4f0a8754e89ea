"""The decomposition is that of the weighted covariance, and it leaves the machine as it was."""

import pytest
import torch
from head_cases import blobs

from injerto.strategies.heads import spectrum
from injerto.strategies.heads.spectrum import decompose
from injerto.strategies.heads.standardisation import Standardisation


@pytest.mark.parametrize(("num", "width", "rank"), [(40, 6, 6), (7, 30, 6), (10, 10, 9)])
def test_directions_rebuild_the_weighted_second_moment(num: int, width: int, rank: int) -> None:
    features, _ = blobs(num, width)
    weight = torch.linspace(0.5, 1.5, num, dtype=torch.float64)
    standardise = Standardisation.of(features, weight)
    value, basis = decompose(features, standardise, weight)
    z = standardise(features)
    assert len(value) == rank
    torch.testing.assert_close(basis.T @ basis, torch.eye(rank, dtype=torch.float64))
    torch.testing.assert_close((basis * value) @ basis.T, z.T @ (weight[:, None] * z))


@pytest.mark.parametrize("rows", [0, 4096])
def test_the_number_of_threads_is_put_back(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrum, "_ONE_THREAD_ROWS", rows)
    torch.set_num_threads(2)
    features, _ = blobs()
    weight = torch.ones(60, dtype=torch.float64)
    decompose(features, Standardisation.of(features, weight), weight)
    assert torch.get_num_threads() == 2


def test_the_same_features_are_decomposed_once_and_changed_ones_anew() -> None:
    features, _ = blobs()
    weight = torch.ones(60, dtype=torch.float64)
    standardise = Standardisation.of(features, weight)
    first = decompose(features, standardise, weight)
    assert decompose(features.clone(), standardise, weight)[1] is first[1]
    features[0, 0] += 1
    assert not torch.equal(decompose(features, standardise, weight)[0], first[0])
