"""A recording drawn: time to the right, pitch upwards, dark where it is loud."""

# N samples, W windows, F frequencies.

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from injerto.data.arrays import Floats
from injerto.data.sound_decoding import Samples

WIDTH: Final = 240
HEIGHT: Final = 96
_LOWEST_HZ: Final = 60.0
_RANGE_DB: Final = 60.0
_WINDOW_SECONDS: Final = 0.025


def draw_spectrogram(samples: Samples, sample_rate_hz: int) -> npt.NDArray[np.uint8]:
    """Pixels of shape (height, width, 3): loudness in decibels below the loudest, pitch on a mel axis."""
    size = max(16, int(_WINDOW_SECONDS * sample_rate_hz))
    padded = np.pad(np.asarray(samples, dtype=np.float64), (0, max(0, size - len(samples))))
    starts = np.linspace(0, len(padded) - size, WIDTH).astype(int)
    windows_WN = padded[starts[:, None] + np.arange(size)] * np.hanning(size)
    power_WF = np.abs(np.fft.rfft(windows_WN, axis=1)) ** 2
    loud_HW = _on_mels(power_WF, sample_rate_hz / 2)
    decibels = 10 * np.log10(np.maximum(loud_HW, 1e-12))
    strength = np.clip(1 + (decibels - decibels.max()) / _RANGE_DB, 0, 1)
    # From white through blue to almost black: read in grey print as well.
    stops = np.array([[252, 252, 250], [140, 178, 212], [24, 64, 124], [10, 16, 36]], dtype=np.float64)
    at = strength * (len(stops) - 1)
    low = np.minimum(at.astype(int), len(stops) - 2)
    share = (at - low)[..., None]
    return np.asarray((stops[low] * (1 - share) + stops[low + 1] * share).round(), dtype=np.uint8)


def _on_mels(power_WF: Floats, highest_hz: float) -> Floats:
    """The power at pitches that lie evenly on the mel axis (HTK), shape (height, windows), the highest first."""
    low, high = (1127 * np.log1p(hertz / 700) for hertz in (_LOWEST_HZ, highest_hz))
    edges = 700 * np.expm1(np.linspace(low, high, HEIGHT + 1) / 1127)
    bins = np.clip((edges / highest_hz * (power_WF.shape[1] - 1)).astype(int), 0, power_WF.shape[1] - 1)
    bands = [power_WF[:, first : max(last, first + 1)].mean(axis=1) for first, last in pairwise(bins)]
    return np.asarray(bands[::-1])
