"""A linear head on random features: a fixed random matrix and a ReLU before the weights."""

from collections.abc import Mapping
from typing import Annotated, Self, final

import torch
from pydantic import Field
from torch import Tensor, nn

from injerto.strategies.heads.head import AbstractHead, HeadSettings, heads

Width = Annotated[int, Field(ge=1, le=1 << 16, description="number of random features")]


class ProjectedSettings(HeadSettings):
    """Adds how many random features there are."""

    width: Width


@final
@heads.register
class ProjectedHead(AbstractHead):
    """Scores = relu(features @ projection) @ weight.T + bias; the projection is drawn once and never learns.

    References:
        McDonnell et al. 2023, RanPAC: Random projections and pre-trained models, arXiv 2307.02251.
    """

    projection: Tensor
    """Shape (features, width)."""
    shift: Tensor
    """Shape (width,): centres and scales the features before the projection."""

    def __init__(self, options: ProjectedSettings) -> None:
        super().__init__(options)
        self.linear = nn.Linear(options.width, options.num_classes)
        self.register_buffer("projection", torch.empty(options.num_features, options.width))
        self.register_buffer("shift", torch.empty(options.width))

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        return cls(ProjectedSettings.model_validate(settings, strict=True))

    @classmethod
    def from_weights(cls, projection: Tensor, shift: Tensor, linear: nn.Linear) -> Self:
        """A head of given tensors."""
        num_features, width = projection.shape
        with torch.device("meta"):
            head = cls(ProjectedSettings(num_features=num_features, num_classes=linear.out_features, width=width))
        state = {"projection": projection.float(), "shift": shift.float()}
        state |= {f"linear.{name}": value for name, value in linear.state_dict().items()}
        head.load_state_dict(state, assign=True)
        return head

    def project(self, features: Tensor) -> Tensor:
        """The random features, shape (batch, width)."""
        return torch.relu(torch.addmm(self.shift, features, self.projection))

    def forward(self, features: Tensor) -> Tensor:
        scores: Tensor = self.linear(self.project(features))
        return scores
