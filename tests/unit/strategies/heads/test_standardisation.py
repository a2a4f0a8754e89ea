"""Standardised features have mean 0 and deviation 1, constants are 0, and folding undoes the change."""

import pytest
import torch
from head_cases import blobs

from injerto.strategies.heads import standardisation
from injerto.strategies.heads.standardisation import Standardisation, row_blocks


@pytest.mark.parametrize("every", [1, 3])
def test_blocks_hold_every_row_once_and_in_order(every: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standardisation, "_BLOCK_NUMBERS", 20)
    rows = torch.arange(23)
    blocks = [rows[block] for block in row_blocks(23, 5, every=every)]
    assert len(blocks) > 1
    assert all(len(block) <= 4 for block in blocks)
    assert torch.equal(torch.cat(blocks), rows[::every])


def test_weighted_moments_are_those_of_repeated_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standardisation, "_BLOCK_NUMBERS", 20)
    features, _ = blobs(num=12)
    times = torch.tensor([1, 2, 3] * 4)
    weighted = Standardisation.of(features, times.double() / 2)
    repeated = features.repeat_interleave(times, dim=0).double()
    torch.testing.assert_close(weighted.mean_D, repeated.mean(0))
    torch.testing.assert_close(weighted.scale_D, repeated.std(0, correction=0))


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e6, -3e-20])
def test_a_constant_feature_becomes_zero(constant: float) -> None:
    features = torch.full((999, 1), constant)
    standardised = Standardisation.of(features, torch.ones(999, dtype=torch.float64))(features)
    assert standardised.abs().max() < 1e-6


def test_folded_weights_give_the_same_scores_on_plain_features() -> None:
    features, _ = blobs()
    standardise = Standardisation.of(features, torch.ones(60, dtype=torch.float64))
    weight, bias = torch.randn(3, 5, dtype=torch.float64), torch.randn(3, dtype=torch.float64)
    folded, moved = standardise.fold(weight, bias)
    torch.testing.assert_close(features.double() @ folded.T + moved, standardise(features) @ weight.T + bias)
