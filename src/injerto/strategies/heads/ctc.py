"""The head of a recogniser: scores of every character, and of none, for every frame."""

# B batch, T frames, C channels, V characters and the blank.

from collections.abc import Mapping
from typing import Final, Self, final

import torch
from torch import Tensor, nn

from injerto.strategies.heads.head import AbstractHead, HeadSettings, heads

IMPOSSIBLE: Final = -1e4
"""Score of every character in padding, where only the blank can be: it adds nothing to any transcript."""


@final
@heads.register
class CtcHead(AbstractHead):
    """Scores of frames, shape (batch, frames, characters + 1); the last is the blank's.

    The last feature is 1 where there is a frame and 0 in padding (`pool=frames`). Graves et al. 2006,
    doi 10.1145/1143844.1143891.
    """

    def __init__(self, num_features: int, num_classes: int) -> None:
        super().__init__(HeadSettings(num_features=num_features, num_classes=num_classes))
        self.norm = nn.LayerNorm(num_features - 1)
        self.linear = nn.Linear(num_features - 1, num_classes)

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        options = HeadSettings.model_validate(settings, strict=True)
        return cls(options.num_features, options.num_classes)

    def forward(self, features: Tensor) -> Tensor:
        is_padding_BT1 = features[..., -1:] < 0.5
        scores_BTV: Tensor = self.linear(self.norm(features[..., :-1]))
        return torch.where(is_padding_BT1, _only_blank(scores_BTV), scores_BTV)


def _only_blank(scores_BTV: Tensor) -> Tensor:
    certain = torch.full_like(scores_BTV, IMPOSSIBLE)
    certain[..., -1] = 0
    return certain
