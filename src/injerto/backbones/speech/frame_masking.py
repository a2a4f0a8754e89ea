"""SpecAugment on frames: while a network learns, stretches of time and bands of channels are hidden from it."""

# B batch, T frames, C channels.

from typing import Final, final

import torch
from torch import Tensor, nn

_LONGEST: Final = 0.2
"""Of a recording: a stretch never hides more, so that a short word can still be told."""


@final
class FrameMasking(nn.Module):
    """Hides frames and channels in training mode; else it gives back what it is given.

    Park et al. 2019, arXiv 1904.08779, as wav2vec 2.0 does it on its frames (Baevski et al. 2020, arXiv 2006.11477).
    """

    def __init__(self, *, time_share: float = 0.1, channel_share: float = 0.1, span: int = 6) -> None:
        super().__init__()
        self.time_share = time_share
        self.channel_share = channel_share
        self.span = span

    def forward(self, x_BTC: Tensor) -> Tensor:
        if not self.training:
            return x_BTC
        batch, time, channels = x_BTC.shape
        span = max(1, min(self.span, int(_LONGEST * time)))
        hidden_BT1 = self._spans(batch, time, span, self.time_share).unsqueeze(-1)
        width = max(1, channels // 16)
        hidden_B1C = self._spans(batch, channels, width, self.channel_share).unsqueeze(1)
        keep = ~(hidden_BT1 | hidden_B1C)
        return x_BTC * keep.to(x_BTC)

    @staticmethod
    def _spans(batch: int, length: int, span: int, share: float) -> Tensor:
        """Positions inside spans that begin anywhere, so many that about a share of all is covered."""
        starts = torch.rand(batch, length) < share / span
        inside = nn.functional.max_pool1d(nn.functional.pad(starts.float().unsqueeze(1), (span - 1, 0)), span, stride=1)
        return inside.squeeze(1) > 0
