"""The k-nearest-neighbours head: it remembers the training features and lets the nearest vote."""

# N stored examples, B queries, D features, C classes, k neighbours.

from collections.abc import Mapping
from typing import Final, Literal, Self, final

import torch
from pydantic import Field
from torch import Tensor

from injerto.strategies.heads.head import AbstractHead, HeadSettings, heads
from injerto.strategies.heads.neighbour_search import Metric, nearest
from injerto.strategies.heads.smoothing import Smoothing, log_shares

Weights = Literal["uniform", "distance"]


@final
class NearestNeighboursSettings(HeadSettings):
    """The settings of a `NearestNeighboursHead`."""

    num_stored: int = Field(ge=1, le=1 << 31, description="stored examples")
    k: int = Field(ge=1, le=1 << 20, description="neighbours that vote; all stored ones where these are fewer")
    metric: Metric = "cosine"
    weights: Weights = Field("distance", description="one vote each, or votes that weigh 1 / distance")
    smoothing: Smoothing


@final
@heads.register
class NearestNeighboursHead(AbstractHead):
    """Scores = log of the smoothed shares of the votes; softmax gives the shares back."""

    stored: Tensor
    labels: Tensor

    def __init__(self, options: NearestNeighboursSettings) -> None:
        super().__init__(options)
        self.options: Final = options
        self.register_buffer("stored", torch.zeros(options.num_stored, options.num_features))
        self.register_buffer("labels", torch.zeros(options.num_stored, dtype=torch.int64))

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        return cls(NearestNeighboursSettings.model_validate(settings, strict=True))

    @classmethod
    def of(cls, options: NearestNeighboursSettings, features_ND: Tensor, label_N: Tensor) -> Self:
        """A head that remembers these examples, in float32."""
        with torch.device("meta"):
            head = cls(options)
        state = {"stored": features_ND.detach().float().clone(), "labels": label_N.long().clone()}
        head.load_state_dict(state, assign=True)
        return head

    @torch.no_grad()
    def forward(self, features: Tensor) -> Tensor:
        options = self.options
        blocks = nearest(features, self.stored, k=min(options.k, len(self.stored)), metric=options.metric)
        shares = [vote_shares(self.labels[at], distance, options) for at, distance in blocks]
        share_BC = torch.cat(shares) if shares else features.new_zeros(0, self.num_classes)
        return log_shares(share_BC, options.smoothing).to(self.stored.dtype)

    def faulty_tensor(self) -> str | None:
        in_bounds = bool(((self.labels >= 0) & (self.labels < self.num_classes)).all())
        return super().faulty_tensor() if in_bounds else "labels"


def vote_shares(label_Bk: Tensor, distance_Bk: Tensor, options: NearestNeighboursSettings) -> Tensor:
    """Share of the votes of each class, shape (queries, classes), float64.

    With distance weights, neighbours at distance zero vote alone, one vote each.
    """
    vote_Bk = torch.ones_like(distance_Bk)
    if options.weights == "distance":
        same_Bk = distance_Bk == 0
        weighted_Bk = 1 / distance_Bk.masked_fill(same_Bk, 1.0)
        vote_Bk = torch.where(same_Bk.any(1, keepdim=True), same_Bk.double(), weighted_Bk)
    vote_BC = vote_Bk.new_zeros(len(vote_Bk), options.num_classes).scatter_add_(1, label_Bk, vote_Bk)
    return vote_BC / vote_BC.sum(1, keepdim=True)
