"""A head for detectors with queries: new classes, and a correction of the boxes that the pretrained detector gives."""

# B pictures, Q queries, D width of a hidden state.

import math
from collections.abc import Mapping
from typing import Annotated, Final, Self, final

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from injerto.strategies.heads.head import AbstractHead, HeadSettings, heads
from injerto.tasks.detection.layout import join_proposals

_BOX: Final = 4
_RARE: Final = 0.01


class QuerySettings(HeadSettings):
    """Settings of the head."""

    num_queries: Annotated[int, Field(ge=1, le=10_000, description="queries of the detector")]

    @model_validator(mode="after")
    def _queries_share_the_features(self) -> Self:
        if self.num_features % self.num_queries or self.num_features // self.num_queries <= _BOX:
            raise ValueError(f"{self.num_queries} queries cannot share num_features = {self.num_features}")
        return self


@heads.register
@final
class QueryHead(AbstractHead):
    """Features are the queries side by side, each a hidden state and the logits of a box (middle, width, height).

    The correction starts at nothing, so that the first boxes are the pretrained detector's own.
    """

    def __init__(self, options: QuerySettings) -> None:
        super().__init__(options)
        self.num_queries: Final = options.num_queries
        width = options.num_features // options.num_queries - _BOX
        self.classes = nn.Linear(width, options.num_classes)
        self.correction = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, _BOX))
        nn.init.constant_(self.classes.bias, -math.log((1 - _RARE) / _RARE))
        last = self.correction[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        return cls(QuerySettings.model_validate(settings))

    def forward(self, features: Tensor) -> Tensor:
        """Scores, shape (batch, queries, classes + 7)."""
        query_BQD = features.reshape(-1, self.num_queries, self.num_features // self.num_queries)
        hidden_BQD, box_BQ4 = query_BQD[..., :-_BOX], query_BQD[..., -_BOX:]
        middle_BQ2, size_BQ2 = (box_BQ4 + self.correction(hidden_BQD)).sigmoid().chunk(2, dim=2)
        corners = torch.cat([middle_BQ2 - size_BQ2 / 2, middle_BQ2 + size_BQ2 / 2], dim=2)
        return join_proposals(self.classes(hidden_BQD), corners)
