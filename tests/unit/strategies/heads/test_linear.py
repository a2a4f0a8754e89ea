"""The linear head computes features @ weight.T + bias."""

import torch

from injerto.strategies.heads.linear import LinearHead


def test_weights_are_used_as_they_are_given() -> None:
    weight, bias = torch.tensor([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]]), torch.tensor([0.0, 10.0, -1.0])
    scores = LinearHead.from_weights(weight, bias)(torch.tensor([[2.0, 4.0]]))
    assert scores.tolist() == [[10.0, 6.0, 7.0]]


def test_float64_weights_are_rounded_to_float32_and_not_shared() -> None:
    weight = torch.full((1, 1), 0.1, dtype=torch.float64)
    head = LinearHead.from_weights(weight, torch.zeros(1))
    weight.zero_()
    assert head.linear.weight.dtype == torch.float32
    assert head.linear.weight.item() == torch.tensor(0.1).item()
