"""The ladder head: a small network that climbs along a frozen one, one rung a layer."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Self, final

import torch
from pydantic import Field, StringConstraints, model_validator
from torch import Tensor, nn

from injerto.strategies.heads.head import AbstractHead, HeadSettings, heads


@final
class LadderSettings(HeadSettings):
    """The settings of a `LadderHead`."""

    widths: Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,7}(\+[1-9]\d{0,7}){0,255}$")] = Field(
        description="lengths of the taps, from the input to the output, with + between them"
    )
    rungs: int = Field(64, ge=1, le=1 << 12, description="units of each rung")
    dropout: float = Field(0.0, ge=0, lt=1, description="share of units silenced in a training step")

    def lengths(self) -> list[int]:
        """The lengths of the taps as numbers."""
        return [int(width) for width in self.widths.split("+")]

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        if sum(self.lengths()) != self.num_features:
            raise ValueError("the widths of the taps do not add up to the number of features")
        return self


@final
@heads.register
class LadderHead(AbstractHead):
    """h <- g h + (1 - g) P z, then h <- h + W relu(V norm(h)), for each tap in turn; a linear layer reads the last h.

    z is a tap's pooled features, standardised by those of the training split; P makes them as long as a rung, and the
    gate g is learnt. No gradient passes the backbone, so training costs what a head costs.

    References:
        Sung, Cho and Bansal 2022, LST: Ladder side-tuning, arXiv 2206.06522 (there on unpooled tokens).
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, options: LadderSettings) -> None:
        super().__init__(options)
        self._widths = options.lengths()
        self._height = rungs = options.rungs
        self.register_buffer("mean", torch.zeros(options.num_features))
        self.register_buffer("scale", torch.ones(options.num_features))
        self.inward = nn.ModuleList(nn.Linear(width, rungs) for width in self._widths)
        self.gates = nn.Parameter(torch.zeros(len(self._widths)))
        self.rungs = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(rungs), nn.Linear(rungs, rungs), nn.ReLU(), nn.Linear(rungs, rungs))
            for _ in self._widths
        )
        self.dropout = nn.Dropout(options.dropout)
        self.output = nn.Sequential(nn.LayerNorm(rungs), nn.Linear(rungs, options.num_classes))

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        return cls(LadderSettings.model_validate(settings, strict=True))

    @classmethod
    def from_features(
        cls, features: Tensor, *, widths: Sequence[int], num_classes: int, rungs: int = 64, dropout: float = 0.0
    ) -> Self:
        """A fresh head that standardises as `features`, shape (examples, features), need it."""
        options = LadderSettings(
            num_features=features.shape[1],
            num_classes=num_classes,
            widths="+".join(map(str, widths)),
            rungs=rungs,
            dropout=dropout,
        )
        head = cls(options)
        head.mean.copy_(features.mean(0))
        deviation = features.std(0, correction=0)
        head.scale.copy_(torch.where(deviation > 1e-6 * features.abs().amax(0), deviation, torch.ones(())))
        return head

    def forward(self, features: Tensor) -> Tensor:
        parts = torch.split_with_sizes((features - self.mean) / self.scale, self._widths, dim=1)
        height = features.new_zeros(len(features), self._height)
        for part, inward, gate, rung in zip(parts, self.inward, self.gates.sigmoid(), self.rungs, strict=True):
            height = gate * height + (1 - gate) * inward(self.dropout(part))
            height = height + rung(height)
        scores: Tensor = self.output(self.dropout(height))
        return scores
