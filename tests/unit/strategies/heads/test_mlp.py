"""The classic head: its size, its dropout, its ranges."""

import pytest
import torch
from pydantic import ValidationError

from injerto.strategies.heads.linear import LinearHead
from injerto.strategies.heads.mlp import MlpHead


def test_the_head_of_the_textbook_has_25_70_million_weights() -> None:
    # methods.md, section 1.5: VGG-16's 512 x 7 x 7 features, 1,024 units, 10 classes; pooled and linear 5,130.
    with torch.device("meta"):
        classic, linear = MlpHead(512 * 7 * 7, 10), LinearHead(512, 10)
    assert sum(p.numel() for p in classic.parameters()) == 25_088 * 1024 + 1024 + 1024 * 10 + 10 == 25_701_386
    assert sum(p.numel() for p in linear.parameters()) == 5_130


def test_dropout_acts_in_training_alone() -> None:
    torch.manual_seed(0)
    head, features = MlpHead(4, 2, width=64, dropout=0.5), torch.ones(1, 4)
    assert not torch.equal(head(features), head(features))
    head.eval()
    assert torch.equal(head(features), head(features))


@pytest.mark.parametrize("bad", [{"width": 0}, {"dropout": 1.0}, {"dropout": -0.1}])
def test_options_out_of_range_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(bad))):
        MlpHead(4, 2, **bad)  # type: ignore[arg-type]
