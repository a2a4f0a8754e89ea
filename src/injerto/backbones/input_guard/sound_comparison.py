"""Recordings against the samples that were made of them. A minimal start: the speech room will take it over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, final

import numpy as np
import numpy.typing as npt

from injerto.backbones.input_guard.fault import AbstractComparison, AbstractFault, Evidence, Fit
from injerto.core.speech_contract import SpeechContract

Samples = npt.NDArray[np.float64]
Channels = Literal["mixed", "averaged", "first", "second", "interleaved", "one after the other"]

_SECONDS: Final = 4.0
"""Of each recording; enough to recognise it."""
_CANCELLED: Final = 0.1
"""Share of the power of the channels that their average has to keep; below it they cancel each other."""
_INT_SCALES: Final = {"u1": 128.0, "i2": 32768.0, "i4": 2147483648.0}


@final
@dataclass(frozen=True, eq=False)
class Recording:
    """Samples as a file holds them: (samples,) or (channels, samples), integers or full scale at 1."""

    samples: npt.NDArray[Any]
    sample_rate_hz: int


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class SoundReading:
    """What decides the samples of a recording, but for their size."""

    sample_rate_hz: int
    channels: Channels = "mixed"
    """`mixed` is the contract's: the average, or the louder channel where they cancel each other."""


@final
class SoundComparison(AbstractComparison[SoundReading]):
    """The misfit is the share of amplitude that a reading, moved and scaled as fits best, does not explain."""

    same = 0.1
    foreign = 0.6

    def __init__(
        self, recordings: Sequence[Recording], given: Sequence[npt.NDArray[Any]], contract: SpeechContract
    ) -> None:
        self.contract = contract
        self.recordings = recordings
        self.num_channels = max(np.atleast_2d(samples).shape[0] for samples in given)
        rate = contract.sample_rate_hz
        self._given = [np.atleast_2d(samples)[0].astype(np.float64)[: int(_SECONDS * rate)] for samples in given]
        self._found: dict[tuple[int, SoundReading], tuple[float, float]] = {}

    def start(self) -> tuple[SoundReading, ...]:
        return (SoundReading(sample_rate_hz=self.contract.sample_rate_hz),) * len(self.recordings)

    def fit(self, readings: Sequence[SoundReading]) -> Fit:
        pairs = [self._match(i, reading) for i, reading in enumerate(readings)]
        by_item = tuple(misfit for misfit, _ in pairs)
        return Fit(
            misfit=float(np.sqrt(np.mean(np.square(by_item)))), by_item=by_item, gains=tuple(gain for _, gain in pairs)
        )

    def powers(self) -> tuple[Samples, Samples]:
        """Root mean square of what was given and of what the contract makes, for each recording."""
        found = np.array([_rms(samples) for samples in self._given])
        expected = np.array([_rms(self._expected(i, reading)) for i, reading in enumerate(self.start())])
        return found, expected

    def _match(self, index: int, reading: SoundReading) -> tuple[float, float]:
        key = (index, reading)
        if key not in self._found:
            self._found[key] = _align(self._expected(index, reading), self._given[index])
        return self._found[key]

    def cancels(self, index: int) -> bool:
        """Whether the channels of a recording are nearly gone in their average."""
        return _cancels(_to_full_scale_one(self.recordings[index].samples))

    def _expected(self, index: int, reading: SoundReading) -> Samples:
        recording = self.recordings[index]
        samples = _to_full_scale_one(recording.samples)
        loud = _rms(_mix(samples, "mixed"))
        is_levelled = self.contract.loudness_dbfs is not None and loud > 0
        level = 10 ** ((self.contract.loudness_dbfs or 0.0) / 20) / loud if is_levelled else 1.0
        samples = samples[:, : int(_SECONDS * recording.sample_rate_hz)] * level * self.contract.full_scale
        rates = recording.sample_rate_hz, reading.sample_rate_hz
        if reading.channels in ("interleaved", "one after the other"):
            rows = np.stack([resample(channel, *rates) for channel in samples])
            joined: Samples = (rows.T if reading.channels == "interleaved" else rows).reshape(-1)
            return joined
        return resample(_mix(samples, reading.channels), *rates)


class AbstractSoundFault(AbstractFault[SoundReading, SoundComparison]):
    """A fault of recordings."""

    kind = "speech"


SoundEvidence = Evidence[SoundComparison]


def resample(samples: Samples, rate: int, wanted: int) -> Samples:
    """By the spectrum: exact for what both rates can hold."""
    count = round(len(samples) * wanted / rate)
    if rate == wanted or count < 2:
        return samples
    # Zeros behind, so that the end does not run into the beginning, and a length whose transform is quick.
    size = 1 << (len(samples) + rate // 20).bit_length()
    spectrum = np.fft.rfft(samples, size)
    longer = round(size * wanted / rate)
    kept = np.zeros(longer // 2 + 1, dtype=complex)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    moved: Samples = np.fft.irfft(kept, longer)[:count] * (longer / size)
    return moved


def _to_full_scale_one(samples: npt.NDArray[Any]) -> Samples:
    scale = _INT_SCALES.get(samples.dtype.str[1:], 1.0)
    shift = 128.0 if samples.dtype == np.uint8 else 0.0
    return np.atleast_2d((samples.astype(np.float64) - shift) / scale)


def _mix(samples: Samples, channels: Channels) -> Samples:
    if channels in ("first", "second"):
        one: Samples = samples[min(int(channels == "second"), len(samples) - 1)]
        return one
    if channels == "mixed" and _cancels(samples):
        louder: Samples = samples[np.mean(samples**2, axis=1).argmax()]
        return louder
    average: Samples = samples.mean(0)
    return average


def _cancels(samples: Samples) -> bool:
    power = float(np.mean(np.square(samples)))
    return power > 0 and float(np.mean(np.square(samples.mean(0)))) < _CANCELLED * power


def _align(expected: Samples, given: Samples) -> tuple[float, float]:
    """The share of amplitude left, and the gain, where one is laid over the other as fits best."""
    if min(len(expected), len(given)) < 2 or not _rms(expected) or not _rms(given):
        return 1.0, 0.0
    size = 1 << (len(expected) + len(given)).bit_length()
    product = np.fft.irfft(np.fft.rfft(given, size) * np.conj(np.fft.rfft(expected, size)), size)
    lag = int(np.abs(product).argmax())
    lag = lag - size if lag > size // 2 else lag
    x, y = expected[max(0, -lag) :], given[max(0, lag) :]
    shared = min(len(x), len(y))
    x, y = x[:shared], y[:shared]
    x_power, y_power, both = float(x @ x), float(y @ y), float(x @ y)
    # An overlap of a few samples correlates with anything.
    if shared < 0.2 * min(len(expected), len(given)) or not x_power or not y_power:
        return 1.0, 0.0
    return float(np.sqrt(max(0.0, 1 - both**2 / (x_power * y_power)))), abs(both) / x_power


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
