"""Cepstra as TensorFlow's audio ops make them, which DeepSpeech of Mozilla and Coqui was trained on."""

# B batch, N samples, T frames, K frequencies, M bands.

import math
from typing import Final, final

import torch
from torch import Tensor, nn

_LOWEST_HZ: Final = 20.0
_BANDS: Final = 40
_LEAST: Final = 1e-12


@final
class TensorFlowMfcc(nn.Module):
    """`audio_spectrogram` (squared magnitudes) and `mfcc` of TensorFlow: windows of 32 ms every 20 ms.

    The filterbank weighs magnitudes by triangles on the mel axis, takes logarithms, and a cosine transform scaled by
    sqrt(2 / bands) for every coefficient.
    """

    def __init__(self, *, num_coefficients: int = 26, sample_rate_hz: int = 16_000) -> None:
        super().__init__()
        self.window_size = sample_rate_hz * 32 // 1000
        self.hop = sample_rate_hz * 20 // 1000
        self.fft_size = 1 << (self.window_size - 1).bit_length()
        self.window: Tensor
        self.filters: Tensor
        self.cosines: Tensor
        self.register_buffer("window", torch.hann_window(self.window_size, periodic=True), persistent=False)
        self.register_buffer("filters", _filters(self.fft_size // 2 + 1, sample_rate_hz), persistent=False)
        self.register_buffer("cosines", _cosines(num_coefficients), persistent=False)

    def num_frames(self, num_samples: int) -> int:
        """Whole windows alone."""
        return (num_samples - self.window_size) // self.hop + 1

    def forward(self, samples_BN: Tensor, num_frames: int) -> Tensor:
        """Cepstra, shape (batch, frames, coefficients); what is missing at the end is silence."""
        needed = self.hop * (num_frames - 1) + self.window_size
        samples_BN = nn.functional.pad(samples_BN, (0, max(0, needed - samples_BN.shape[1])))[:, :needed]
        windows = samples_BN.unfold(1, self.window_size, self.hop) * self.window
        magnitude_BTK = torch.fft.rfft(windows, self.fft_size).abs()
        logs_BTM = (magnitude_BTK @ self.filters).clamp_min(_LEAST).log()
        cepstra: Tensor = logs_BTM @ self.cosines
        return cepstra


def _filters(num_frequencies: int, sample_rate_hz: int) -> Tensor:
    """Triangles between neighbouring centres, which are even on the mel axis, shape (frequencies, bands)."""
    hertz_each = 0.5 * sample_rate_hz / (num_frequencies - 1)
    mel_K = 1127.0 * torch.log1p(torch.arange(num_frequencies, dtype=torch.float64) * hertz_each / 700.0)
    low, high = (1127.0 * math.log1p(edge / 700.0) for edge in (_LOWEST_HZ, sample_rate_hz / 2))
    edges = torch.linspace(low, high, _BANDS + 2, dtype=torch.float64)
    left, peak, right = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (mel_K[:, None] - left) / (peak - left), (right - mel_K[:, None]) / (right - peak)
    filters = torch.minimum(rising, falling).clamp_min(0)
    first, last = int(1.5 + _LOWEST_HZ / hertz_each), int(0.5 * sample_rate_hz / hertz_each)
    filters[:first] = 0
    filters[last + 1 :] = 0
    return filters.float()


def _cosines(num_coefficients: int) -> Tensor:
    places = (torch.arange(_BANDS, dtype=torch.float64) + 0.5) * math.pi / _BANDS
    return (math.sqrt(2 / _BANDS) * torch.cos(places[:, None] * torch.arange(num_coefficients))).float()
