"""Logarithmic mel bands of a recording: what small sound networks see."""

# B batch, N samples, F windows, M bands.

import math
from typing import final

import torch
from torch import Tensor, nn

_DYNAMIC_RANGE: float = 6 * math.log(10)
"""Nepers of power below the loudest band of a recording that still count: 60 dB."""
_LEAST: float = 1e-10


def mel_bands(*, num_bands: int, sample_rate_hz: int, fft_size: int, lowest_hz: float, highest_hz: float) -> Tensor:
    """Triangles that are straight on the mel axis of HTK, peak 1, shape (fft_size / 2 + 1, num_bands)."""
    hertz = torch.linspace(0, sample_rate_hz / 2, fft_size // 2 + 1, dtype=torch.float64)
    bins = 1127.0 * torch.log1p(hertz / 700.0)
    low, high = (1127.0 * math.log1p(edge / 700.0) for edge in (lowest_hz, highest_hz))
    edges = torch.linspace(low, high, num_bands + 2, dtype=torch.float64)
    left, peak, right = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins[:, None] - left) / (peak - left), (right - bins[:, None]) / (right - peak)
    return torch.minimum(rising, falling).clamp_min(0).float()


@final
class LogMel(nn.Module):
    """Windows of 25 ms every 10 ms; the mean of each band over the recording is taken off.

    A recording that is louder by any factor gives the same bands, and so does one behind another microphone, nearly.
    """

    def __init__(self, *, num_bands: int = 64, sample_rate_hz: int = 16_000) -> None:
        super().__init__()
        self.window_size = sample_rate_hz // 40
        self.hop = sample_rate_hz // 100
        self.fft_size = 1 << (self.window_size - 1).bit_length()
        self.window: Tensor
        self.bands: Tensor
        self.register_buffer("window", torch.hann_window(self.window_size, periodic=True), persistent=False)
        bands = mel_bands(
            num_bands=num_bands,
            sample_rate_hz=sample_rate_hz,
            fft_size=self.fft_size,
            lowest_hz=60.0,
            highest_hz=0.475 * sample_rate_hz,
        )
        self.register_buffer("bands", bands, persistent=False)

    def forward(self, samples_BN: Tensor, mask_BF: Tensor) -> Tensor:
        """Bands, shape (batch, windows, bands), for as many windows as the mask has; zero where it is zero."""
        needed = self.hop * (mask_BF.shape[1] - 1) + self.window_size
        short = needed - samples_BN.shape[1]
        samples_BN = nn.functional.pad(samples_BN, (0, short)) if short > 0 else samples_BN[:, :needed]
        windows = samples_BN.unfold(1, self.window_size, self.hop) * self.window
        power_BFM = torch.fft.rfft(windows, self.fft_size).abs().square() @ self.bands
        log_BFM = power_BFM.clamp_min(_LEAST).log()
        mask_BF1 = mask_BF.unsqueeze(-1).to(log_BFM.dtype)
        loudest = (log_BFM - 1e4 * (1 - mask_BF1)).amax((1, 2), keepdim=True)
        log_BFM = torch.maximum(log_BFM, loudest - _DYNAMIC_RANGE)
        mean = (log_BFM * mask_BF1).sum(1, keepdim=True) / mask_BF1.sum(1, keepdim=True).clamp_min(1)
        return (log_BFM - mean) * mask_BF1
