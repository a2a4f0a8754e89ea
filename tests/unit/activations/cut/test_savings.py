import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from injerto.activations.cut.cut import make_cut
from injerto.activations.cut.savings import Savings, measure_savings
from injerto.backbones.loading import load_backbone


def test_the_law_at_its_ends() -> None:
    assert Savings(share=0.0, epochs=10).predicted == pytest.approx(10)  # A head: one pass instead of ten.
    assert Savings(share=1.0, epochs=10).predicted == pytest.approx(1)  # Everything trains: nothing is saved.
    assert Savings(share=0.13, epochs=10_000).predicted == pytest.approx((1 + 0.26) / 0.39, rel=0.01)


@given(share=st.floats(0, 1), epochs=st.integers(1, 500))
def test_a_clock_that_follows_the_costs_finds_what_was_predicted(share: float, epochs: int) -> None:
    savings = Savings(share=share, epochs=epochs)
    reached = Savings.reached(prefix_seconds=1 - share, epoch_seconds=3 * share, epochs=epochs)
    assert reached == pytest.approx(savings.predicted)
    assert 0.99 <= savings.predicted <= epochs * 1.000001


def test_the_share_is_that_of_the_operations() -> None:
    backbone = load_backbone("timm:resnet18", pretrained=False)
    sample = {"x": torch.randn(2, 3, 224, 224)}
    first = next(i for i, group in enumerate(backbone.layer_groups) if group.modules[0].startswith("layer4"))
    cut = make_cut(backbone, first, sample=sample)
    assert cut is not None
    # ResNet-18 at 224 px does 1.81e9 products, its last stage 3 convolutions of 1.16e8, one of 5.8e7 and a shortcut.
    assert measure_savings(cut, sample, epochs=1).share == pytest.approx(4.11e8 / 1.814e9, rel=0.01)
