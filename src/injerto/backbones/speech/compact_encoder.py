"""The small sound network that this project pretrains: log-mel bands and residual convolutions over time."""

# B batch, N samples, T frames of 20 ms, C channels.

from collections.abc import Mapping
from typing import Any, Final, final

from torch import Tensor, nn

from injerto.backbones.speech.log_mel import LogMel
from injerto.backbones.speech.network import AbstractSpeechNetwork

_WINDOWS_PER_FRAME: Final = 2
_KERNEL: Final = 9


@final
class CompactEncoder(AbstractSpeechNetwork):
    """Log-mel bands, one strided convolution to frames of 20 ms, and blocks as in ConvNeXt, along time.

    Liu et al. 2022, arXiv 2201.03545, for the block. A frame sees `num_blocks` x 8 x 10 ms to either side.
    """

    def __init__(
        self, *, width: int = 144, num_blocks: int = 6, num_bands: int = 64, sample_rate_hz: int = 16_000
    ) -> None:
        super().__init__()
        self.sample_rate_hz = sample_rate_hz
        self._settings = {
            "width": width,
            "num_blocks": num_blocks,
            "num_bands": num_bands,
            "sample_rate_hz": sample_rate_hz,
        }
        self.front = _Front(width, num_bands=num_bands, sample_rate_hz=sample_rate_hz)
        self.blocks = nn.ModuleList(_Block(width) for _ in range(num_blocks))
        self.norm = nn.LayerNorm(width)

    def num_frames(self, num_samples: int) -> int:
        step = _WINDOWS_PER_FRAME * self.front.mel.hop
        return max(1, -(-num_samples // step))

    def forward(self, samples: Tensor, frame_mask: Tensor, num_samples: Tensor) -> Tensor:
        mask_BT1 = frame_mask.unsqueeze(-1).to(self.norm.weight.dtype)
        x_BTC = self.front(samples, frame_mask)
        for block in self.blocks:
            x_BTC = block(x_BTC, mask_BT1)
        normed: Tensor = self.norm(x_BTC) * mask_BT1
        return normed

    def settings(self) -> dict[str, Any]:
        return {"architecture": "compact-encoder", **self._settings}

    def groups(self) -> Mapping[str, str]:
        def group(name: str) -> str:
            first, second, *_ = name.split(".")
            return f"block.{second}" if first == "blocks" else "stem" if first == "front" else "norm"

        return {name: group(name) for name, _ in self.named_parameters()}


@final
class _Front(nn.Module):
    def __init__(self, width: int, *, num_bands: int, sample_rate_hz: int) -> None:
        super().__init__()
        self.mel = LogMel(num_bands=num_bands, sample_rate_hz=sample_rate_hz)
        self.conv = nn.Conv1d(num_bands, width, 5, stride=_WINDOWS_PER_FRAME, padding=2)
        self.norm = nn.LayerNorm(width)

    def forward(self, samples_BN: Tensor, mask_BT: Tensor) -> Tensor:
        bands = self.mel(samples_BN, mask_BT.repeat_interleave(_WINDOWS_PER_FRAME, 1))
        frames: Tensor = self.norm(self.conv(bands.transpose(1, 2)).transpose(1, 2))
        return frames


@final
class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.along_time = nn.Conv1d(width, width, _KERNEL, padding=_KERNEL // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.wider = nn.Linear(width, 2 * width)
        self.narrower = nn.Linear(2 * width, width)

    def forward(self, x_BTC: Tensor, mask_BT1: Tensor) -> Tensor:
        mixed = self.along_time((x_BTC * mask_BT1).transpose(1, 2)).transpose(1, 2)
        update: Tensor = self.narrower(nn.functional.gelu(self.wider(self.norm(mixed))))
        return x_BTC + update
