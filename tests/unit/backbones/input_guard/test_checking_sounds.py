"""Every sound fault is planted and named, alone; what is right is silent, whoever resampled it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from injerto.backbones.input_guard.checking import check_sounds
from injerto.backbones.input_guard.sound_comparison import Recording, resample
from injerto.core.errors import UsageError
from injerto.core.speech_contract import SpeechContract

SEEDS = range(3)
CONTRACT = SpeechContract(sample_rate_hz=16_000)
Samples = npt.NDArray[np.float64]


def _recordings(seed: int, *, channels: int = 1, rate: int = 8_000, number: int = 5) -> list[Recording]:
    """Tones that come and go, at most a quarter of the rate high, as int16."""
    generator = np.random.default_rng(seed)
    made = []
    for _ in range(number):
        times = np.arange(int(rate * generator.uniform(0.5, 1.2))) / rate
        rows = []
        for _ in range(channels):
            tones = zip(generator.uniform(100, rate / 4, 6), generator.uniform(0, 0.8, 6), strict=True)
            rows.append(sum(np.sin(2 * np.pi * f * times) * np.exp(-(((times - t) / 0.1) ** 2)) for f, t in tones))
        samples = (np.stack(rows) * 5000).astype(np.int16)
        made.append(Recording(samples[0] if channels == 1 else samples, rate))
    return made


def _right(recordings: list[Recording], rate: int = 16_000) -> list[Samples]:
    waves = [np.atleast_2d(r.samples).mean(0) / 32768 for r in recordings]
    return [resample(wave, r.sample_rate_hz, rate) for wave, r in zip(waves, recordings, strict=True)]


def _names(recordings: list[Recording], given: list[Samples], contract: SpeechContract = CONTRACT) -> list[str]:
    return [finding.name for finding in check_sounds(contract, recordings, given)]


def _linear(recording: Recording) -> Samples:
    wave = recording.samples / 32768
    times = np.arange(2 * len(wave)) / 2
    return np.interp(times, np.arange(len(wave)), wave)


FAULTS: dict[str, tuple[str, int, Callable[[list[Recording]], list[Any]]]] = {
    "never resampled": ("sample-rate", 1, lambda r: _right(r, 8_000)),
    "44.1 kHz": ("sample-rate", 1, lambda r: _right(r, 44_100)),
    "two channels": ("stereo", 2, lambda r: [np.stack([x, x]) for x in _right(r)]),
    "left only": ("stereo", 2, lambda r: _right([Recording(x.samples[0], x.sample_rate_hz) for x in r])),
    "run together": ("stereo", 2, lambda r: [_joined(x) for x in r]),
    "int16": ("gain", 1, lambda r: [x * 32768 for x in _right(r)]),
    "scaled twice": ("gain", 1, lambda r: [x / 32768 for x in _right(r)]),
    "softer by 6 dB": ("gain", 1, lambda r: [x / 2 for x in _right(r)]),
    "each by its peak": ("gain", 1, lambda r: [x / np.abs(x).max() for x in _right(r)]),
    "each by a factor": ("gain", 1, lambda r: [x * (2.0 ** (n - 2)) for n, x in enumerate(_right(r))]),
}


def _joined(recording: Recording) -> Samples:
    left, right = (_right([Recording(x, recording.sample_rate_hz)])[0] for x in recording.samples)
    return np.stack([left, right]).T.reshape(-1)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", FAULTS)
def test_planted_fault_is_named_and_nothing_else(what: str, seed: int) -> None:
    name, channels, make = FAULTS[what]
    recordings = _recordings(seed, channels=channels)
    assert _names(recordings, make(recordings)) == [name]


@pytest.mark.parametrize("seed", SEEDS)
def test_right_input_is_silent(seed: int) -> None:
    recordings = _recordings(seed)
    right = _right(recordings)
    assert _names(recordings, right) == []
    assert _names(recordings, [x.astype(np.float32) for x in right]) == []
    assert _names(recordings, [_linear(recording) for recording in recordings]) == []
    assert _names(recordings, [np.concatenate([np.zeros(300), x, np.zeros(4000)]) for x in right]) == []
    assert _names(recordings, [x[:-1500] for x in right]) == []
    stereo = _recordings(seed, channels=2)
    assert _names(stereo, _right(stereo)) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_channels_of_opposite_phase(seed: int) -> None:
    recordings = [Recording(np.stack([r.samples, -r.samples]), r.sample_rate_hz) for r in _recordings(seed)]
    assert _names(recordings, _right(recordings)) == ["stereo"]
    first = _right([Recording(r.samples[0], r.sample_rate_hz) for r in recordings])
    assert _names(recordings, first) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_loudness_of_the_contract(seed: int) -> None:
    contract = SpeechContract(sample_rate_hz=16_000, loudness_dbfs=-23)
    recordings = _recordings(seed)
    right = [x * 10 ** (-23 / 20) / np.sqrt(np.mean(x**2)) for x in _right(recordings)]
    assert _names(recordings, right, contract) == []
    assert _names(recordings, _right(recordings), contract) == ["gain"]


def test_other_recordings_are_unexplained() -> None:
    recordings = _recordings(0)
    assert _names(recordings, _right(_recordings(9))) == ["unexplained"]


def test_mismatched_lengths_are_refused() -> None:
    recordings = _recordings(0)
    with pytest.raises(UsageError, match="U330"):
        check_sounds(CONTRACT, recordings, _right(recordings)[:2])


def test_resampling_keeps_a_tone() -> None:
    times = np.arange(8_000) / 8_000
    wave = np.sin(2 * np.pi * 440 * times) * np.hanning(8_000)
    expected = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000) * np.hanning(16_000)
    np.testing.assert_allclose(resample(wave, 8_000, 16_000), expected, atol=1e-3)
