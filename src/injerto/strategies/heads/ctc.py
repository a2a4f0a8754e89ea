"""The head of a recogniser: scores of every character, and of none, for every frame."""

# B batch, T frames, C channels, V characters and the blank.

from collections.abc import Mapping, Sequence
from typing import Final, Self, final

import torch
from pydantic import Field
from torch import Tensor, nn

from injerto.strategies.heads.head import AbstractHead, HeadSettings, heads

IMPOSSIBLE: Final = -1e4
"""Score of every character in padding, where only the blank can be: it adds nothing to any transcript."""


class CtcSettings(HeadSettings):
    """Of the head `ctc`."""

    recurrent: int = Field(
        0,
        ge=0,
        le=4096,
        description="width, in each direction, of a recurrent layer before the scores; 0 for none",
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="around that layer, while the head learns")
    normalise: bool = Field(True, description="whether frames are normalised first; a recogniser's own letters are not")


@final
@heads.register
class CtcHead(AbstractHead):
    """Scores of frames, shape (batch, frames, characters + 1); the last is the blank's.

    The last feature is 1 where there is a frame and 0 in padding (`pool=frames`). Graves et al. 2006,
    doi 10.1145/1143844.1143891.
    """

    def __init__(self, options: CtcSettings) -> None:
        super().__init__(options)
        width = options.num_features - 1
        self.norm: nn.Module = nn.LayerNorm(width) if options.normalise else nn.Identity()
        self.dropout = nn.Dropout(options.dropout)
        self.recurrent: nn.GRU | None = None
        if options.recurrent:
            self.recurrent = nn.GRU(width, options.recurrent, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(2 * options.recurrent or width, options.num_classes)

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> Self:
        return cls(CtcSettings.model_validate(settings, strict=True))

    @classmethod
    def from_letters(cls, weight_VC: Tensor, bias_V: Tensor, *, known: Sequence[str], labels: Sequence[str]) -> Self:
        """A head that writes `labels`, starting from a layer that writes `known`.

        What both write starts with the layer's scores, and so does the blank, the last row; a letter that is new to it
        starts at random, as likely as the others are on average.
        """
        head = cls(CtcSettings(num_features=weight_VC.shape[1] + 1, num_classes=len(labels) + 1, normalise=False))
        rows = {character: row for row, character in enumerate(known)} | {None: len(known)}
        with torch.no_grad():
            head.linear.bias.fill_(float(bias_V[:-1].mean()))
            for row, label in enumerate([*labels, None]):
                if label in rows:
                    head.linear.weight[row] = weight_VC[rows[label]]
                    head.linear.bias[row] = bias_V[rows[label]]
        return head

    def forward(self, features: Tensor) -> Tensor:
        is_padding_BT1 = features[..., -1:] < 0.5
        frames_BTC: Tensor = self.norm(features[..., :-1])
        if self.recurrent is not None:
            num_frames = (~is_padding_BT1).sum(1).squeeze(1).clamp_min(1).cpu()
            packed = nn.utils.rnn.pack_padded_sequence(
                self.dropout(frames_BTC), num_frames, batch_first=True, enforce_sorted=False
            )
            heard, _ = nn.utils.rnn.pad_packed_sequence(
                self.recurrent(packed)[0], batch_first=True, total_length=features.shape[1]
            )
            frames_BTC = self.dropout(heard)
        scores_BTV: Tensor = self.linear(frames_BTC)
        return torch.where(is_padding_BT1, _only_blank(scores_BTV), scores_BTV)


def _only_blank(scores_BTV: Tensor) -> Tensor:
    certain = torch.full_like(scores_BTV, IMPOSSIBLE)
    certain[..., -1] = 0
    return certain
