"""Sound faults, planted with NumPy and SciPy on recordings of spoken digits at 8 kHz."""

import functools
import wave
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import signal

from benchmarks.planted_faults.trial import SHARED, Planter, Trial
from injerto.backbones.input_guard.checking import check_sounds
from injerto.backbones.input_guard.sound_comparison import Recording
from injerto.core.speech_contract import SpeechContract

NUM_EXAMPLES = 16
CONTRACTS = (
    SpeechContract(sample_rate_hz=16_000),
    SpeechContract(sample_rate_hz=16_000, full_scale=32_768),
    SpeechContract(sample_rate_hz=16_000, loudness_dbfs=-23),
    SpeechContract(sample_rate_hz=8_000),
)
Samples = npt.NDArray[np.float64]
Way = Callable[[Samples, int, int], Samples]


def planters() -> dict[str, Planter]:
    """By fault."""
    return {"healthy": healthy, "sample-rate": sample_rate, "stereo": stereo, "gain": gain}


def healthy(generator: np.random.Generator) -> Trial:
    """Three ways to resample, padded, cut, or with a faint noise; one channel or two."""
    contract, recordings = _draw(generator)
    ways: dict[str, Way] = {"polyphase": _polyphase, "linear": _linear, "fourier": _fourier}
    way = list(ways)[generator.integers(len(ways))]
    finish = ("plain", "padded", "cut", "noise")[generator.integers(4)]
    given = [_make(r, contract, ways[way]) for r in recordings]
    if finish == "padded":
        given = [np.concatenate([np.zeros(500), x, np.zeros(3000)]) for x in given]
    elif finish == "cut":
        given = [x[: int(0.8 * len(x))] for x in given]
    elif finish == "noise":
        given = [x + generator.normal(0, 0.02 * x.std(), len(x)) for x in given]
    return Trial(f"{way}, {finish}", lambda: check_sounds(contract, recordings, given))


def sample_rate(generator: np.random.Generator) -> Trial | None:
    """Never resampled, or to another rate; sometimes all brought to one length."""
    contract, recordings = _draw(generator)
    wrong = int(generator.choice([8_000, 11_025, 16_000, 22_050, 44_100, 48_000]))
    if wrong == contract.sample_rate_hz:
        return None
    given = [_make(r, contract, _polyphase, rate=wrong) for r in recordings]
    if same := generator.random() < 0.5:
        given = [np.concatenate([x, np.zeros(10_000)])[:10_000] for x in given]
    return Trial(
        f"{wrong} for {contract.sample_rate_hz}, one length {same}", lambda: check_sounds(contract, recordings, given)
    )


def stereo(generator: np.random.Generator) -> Trial:
    """Given as two channels, run together, or averaged where they cancel."""
    contract, recordings = _draw(generator, two=True)
    way = ("two", "interleaved", "one after the other", "cancelled", "first")[generator.integers(5)]
    if way == "cancelled":
        recordings = [Recording(np.stack([r.samples[0], -r.samples[0]]), r.sample_rate_hz) for r in recordings]
        given = [_make(r, contract, _polyphase, average=True) for r in recordings]
    elif way == "first":
        given = [_make(Recording(r.samples[0], r.sample_rate_hz), contract, _polyphase) for r in recordings]
    else:
        pairs = [
            np.stack([_make(Recording(x, r.sample_rate_hz), contract, _polyphase) for x in r.samples])
            for r in recordings
        ]
        given = {
            "two": pairs,
            "interleaved": [p.T.reshape(-1) for p in pairs],
            "one after the other": [p.reshape(-1) for p in pairs],
        }[way]
    return Trial(way, lambda: check_sounds(contract, recordings, given))


def gain(generator: np.random.Generator) -> Trial:
    """Another unit, another loudness, or each recording by its own peak."""
    contract, recordings = _draw(generator)
    right = [_make(r, contract, _polyphase) for r in recordings]
    way = ("unit", "louder", "softer", "peak")[generator.integers(4)]
    factor = 1 / 32768 if contract.full_scale > 1 else 32768.0
    decibels = generator.uniform(3, 30)
    given = {
        "unit": [x * factor for x in right],
        "louder": [x * 10 ** (decibels / 20) for x in right],
        "softer": [x / 10 ** (decibels / 20) for x in right],
        "peak": [x / np.abs(x).max() * contract.full_scale for x in right],
    }[way]
    return Trial(f"{way} {decibels:.0f}", lambda: check_sounds(contract, recordings, given))


def _make(recording: Recording, contract: SpeechContract, way: Way, *, rate: int = 0, average: bool = False) -> Samples:
    """What the contract asks for, in a pipeline of its own."""
    samples = recording.samples / 32768 if recording.samples.dtype == np.int16 else recording.samples
    mono = samples.mean(0) if samples.ndim == 2 else samples
    assert average or mono.any()
    if contract.loudness_dbfs is not None and mono.any():
        mono = mono * 10 ** (contract.loudness_dbfs / 20) / np.sqrt(np.mean(mono**2))
    return way(mono * contract.full_scale, recording.sample_rate_hz, rate or contract.sample_rate_hz)


def _draw(generator: np.random.Generator, *, two: bool = False) -> tuple[SpeechContract, list[Recording]]:
    contract = CONTRACTS[generator.integers(len(CONTRACTS))]
    files = _files()
    chosen = [_read(files[n]) for n in generator.permutation(len(files))[:NUM_EXAMPLES]]
    if not two and generator.random() < 0.7:
        return contract, [Recording(samples, rate) for samples, rate in chosen]
    # A second voice on the right, so that the channels differ.
    other = [_read(files[n])[0] for n in generator.permutation(len(files))[:NUM_EXAMPLES]]
    pairs = [
        np.stack([x, (0.5 * np.resize(y, len(x))).astype(np.int16)]) for (x, _), y in zip(chosen, other, strict=True)
    ]
    return contract, [Recording(pair, rate) for pair, (_, rate) in zip(pairs, chosen, strict=True)]


@functools.cache
def _files() -> tuple[str, ...]:
    return tuple(str(path) for path in sorted((SHARED / "data" / "spoken_digits").rglob("*.wav")))


@functools.cache
def _read(path: str) -> tuple[npt.NDArray[np.int16], int]:
    with wave.open(path) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16), file.getframerate()


def _polyphase(samples: Samples, rate: int, wanted: int) -> Samples:
    common = np.gcd(rate, wanted)
    return signal.resample_poly(samples, wanted // common, rate // common)


def _linear(samples: Samples, rate: int, wanted: int) -> Samples:
    times = np.arange(round(len(samples) * wanted / rate)) / wanted
    return np.interp(times, np.arange(len(samples)) / rate, samples)


def _fourier(samples: Samples, rate: int, wanted: int) -> Samples:
    return signal.resample(samples, round(len(samples) * wanted / rate))
