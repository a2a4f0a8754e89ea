"""The ladder head: it reads every tap, standardises, and refuses settings that do not fit."""

import pytest
import torch

from injerto.core.errors import ModelError
from injerto.core.seeds import seeded
from injerto.strategies.heads.head import load_head
from injerto.strategies.heads.ladder import LadderHead


def make(features: torch.Tensor) -> LadderHead:
    with seeded(0):
        return LadderHead.from_features(features, widths=(2, 3, 1), num_classes=4, rungs=8).eval()


def test_every_tap_moves_the_scores() -> None:
    features = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
    head = make(features)
    before = head(features)
    for column in range(6):
        moved = features.clone()
        moved[:, column] += 1
        assert (head(moved) - before).abs().max() > 1e-4


def test_scale_and_offset_of_the_features_do_not_matter() -> None:
    features = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
    other = features * torch.tensor([1e-3, 1, 5, 100, 2, 7]) + 30
    torch.testing.assert_close(make(features)(features), make(other)(other), atol=2e-2, rtol=2e-2)


def test_a_constant_feature_is_no_noise() -> None:
    features = torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
    features[:, 3] = 0.1
    assert make(features).scale[3] == 1


@pytest.mark.parametrize("widths", ["2+3", "", "2+3+1+", "0+6", "-1+7", "6;6"])
def test_widths_that_do_not_add_up_are_refused(widths: str) -> None:
    state = make(torch.randn(5, 6)).state_dict()
    settings = {"num_features": 6, "num_classes": 4, "widths": widths, "rungs": 8, "dropout": 0.0}
    with pytest.raises(ModelError):
        load_head("ladder", settings, state)
