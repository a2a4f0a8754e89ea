"""The linear head: one weight a feature and class, one bias a class; most fits end in it."""

from collections.abc import Mapping
from typing import Self, final

import torch
from torch import Tensor, nn

from injerto.strategies.heads.head import AbstractHead, HeadSettings, heads


@final
@heads.register
class LinearHead(AbstractHead):
    """Scores = features @ weight.T + bias.

    >>> LinearHead.from_weights(torch.eye(2), torch.tensor([0.0, 1.0]))(torch.tensor([[3.0, 4.0]]))
    tensor([[3., 5.]], grad_fn=<AddmmBackward0>)
    """

    def __init__(self, num_features: int, num_classes: int) -> None:
        super().__init__(HeadSettings(num_features=num_features, num_classes=num_classes))
        self.linear = nn.Linear(num_features, num_classes)

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        options = HeadSettings.model_validate(settings, strict=True)
        return cls(options.num_features, options.num_classes)

    @classmethod
    def from_weights(cls, weight: Tensor, bias: Tensor) -> Self:
        """A head that computes with `weight`, shape (classes, features), and `bias`, shape (classes,), in float32."""
        num_classes, num_features = weight.shape
        with torch.device("meta"):  # No random draw for numbers that are replaced at once.
            head = cls(num_features, num_classes)
        state = {"linear.weight": weight, "linear.bias": bias}
        head.load_state_dict({key: t.detach().float().clone() for key, t in state.items()}, assign=True)
        return head

    def forward(self, features: Tensor) -> Tensor:
        scores: Tensor = self.linear(features)
        return scores
