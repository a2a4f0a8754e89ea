"""Which layers a head reads: those that hold the answer, and no others."""

import pytest
import torch
from torch import Tensor

from injerto.core.errors import UsageError
from injerto.strategies.heads.linear_choice import fit_linear
from injerto.strategies.heads.multi_layer import fit_multi_layer

TAPS = {"stem": 3, "middle": 4, "late": 5, "pooled": 2}


def layered(num: int, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Half of the answer is in `middle`, half in `late`; the rest is noise."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 4, (num,), generator=generator)
    features = torch.randn(num, sum(TAPS.values()), generator=generator)
    features[:, 3] += 3.0 * (labels % 2)
    features[:, 7] += 2.0 * (labels // 2)
    return features, labels


def test_the_layers_that_hold_the_answer_are_chosen_in_the_order_of_their_worth() -> None:
    features, labels = layered(400)
    fitted = fit_multi_layer(features, labels, TAPS, num_classes=4)
    assert fitted.facts["taps"] == "middle+late"
    first, second = (float(loss) for loss in str(fitted.facts["tap_steps"]).split(", "))
    assert second < 0.8 * first


def test_the_head_is_that_of_the_chosen_columns_alone() -> None:
    features, labels = layered(300)
    fitted = fit_multi_layer(features, labels, TAPS, num_classes=4)
    alone = fit_linear(features[:, 3:12], labels, num_classes=4)
    torch.testing.assert_close(fitted.head(features), alone.head(features[:, 3:12]))
    other = features.clone()
    other[:, :3], other[:, 12:] = 1e3, -1e3
    assert torch.equal(fitted.head(features), fitted.head(other))


def test_at_most_so_many_layers() -> None:
    features, labels = layered(300)
    assert fit_multi_layer(features, labels, TAPS, num_classes=4, most=1).facts["taps"] == "middle"


def test_a_layer_that_is_better_by_luck_does_not_come_first() -> None:
    """Of twenty draws without an answer in any layer one may choose another than the last."""
    others = 0
    for seed in range(20):
        generator = torch.Generator().manual_seed(seed)
        features, labels = torch.randn(60, 14, generator=generator), torch.randint(0, 3, (60,), generator=generator)
        others += fit_multi_layer(features, labels, TAPS, num_classes=3, most=1).facts["taps"] != "pooled"
    assert others <= 2


def test_labels_beside_each_other_choose_as_single_ones_do() -> None:
    features, labels = layered(400)
    many = torch.stack([labels % 2, labels // 2], 1)
    fitted = fit_multi_layer(features, many, TAPS, num_classes=2, multi_label=True)
    assert set(str(fitted.facts["taps"]).split("+")) == {"middle", "late"}


def test_many_examples_choose_by_a_sample_and_repeat() -> None:
    features, labels = layered(1500)
    first, again = (fit_multi_layer(features, labels, TAPS, num_classes=4, seed=3) for _ in range(2))
    assert first.facts["taps"] == again.facts["taps"] == "middle+late"
    assert torch.equal(first.head(features), again.head(features))


def test_columns_that_are_not_those_of_the_taps_are_refused() -> None:
    with pytest.raises(UsageError, match="U403"):
        fit_multi_layer(torch.zeros(3, 5), torch.tensor([0, 1, 0]), TAPS, num_classes=2)
