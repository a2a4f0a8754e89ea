"""The classic head of the textbooks: a wide dense layer with relu, then one score a class."""

from collections.abc import Mapping
from typing import Self, final

from pydantic import Field
from torch import Tensor, nn

from injerto.strategies.heads.head import AbstractHead, HeadSettings, heads


@final
class MlpSettings(HeadSettings):
    """The settings of an `MlpHead`."""

    width: int = Field(1024, ge=1, le=1 << 16, description="units of the hidden layer")
    dropout: float = Field(0.0, ge=0, lt=1, description="share of hidden units silenced in a training step")


@final
@heads.register
class MlpHead(AbstractHead):
    """Dense(width, relu) -> dropout -> Dense(classes).

    On the flattened features of VGG-16 with 1,024 units it has 25.7 million weights where a linear head on pooled
    features has 5,130 (ten classes): it needs data.
    """

    def __init__(self, num_features: int, num_classes: int, width: int = 1024, dropout: float = 0.0) -> None:
        super().__init__(MlpSettings(num_features=num_features, num_classes=num_classes, width=width, dropout=dropout))
        self.hidden = nn.Linear(num_features, width)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(width, num_classes)

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        options = MlpSettings.model_validate(settings, strict=True)
        return cls(options.num_features, options.num_classes, options.width, options.dropout)

    def forward(self, features: Tensor) -> Tensor:
        scores: Tensor = self.output(self.dropout(self.hidden(features).relu()))
        return scores
