"""Nonsense words by a source and a filter: pulses and noise through formants that move from sound to sound.

One call gives a recording of one speaker, who has a pitch, a length of vocal tract, a breath, a pace, a room and a
microphone of his own, and the sound that is said in every 20 ms. Randomness comes from the generator alone.
"""

# P parameter steps of 5 ms, K frequencies, N samples.

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import fftconvolve, lfilter

from pretraining.speech.phones import PHONES, SILENCE, Part

RATE = 16_000
STEP = 80
"""Samples of a parameter step."""
FFT = 512
_HERTZ = np.linspace(0, RATE / 2, FFT // 2 + 1)
_VOWELS = [i for i, phone in enumerate(PHONES) if phone.is_vowel]
_CONSONANTS = [i for i, phone in enumerate(PHONES) if not phone.is_vowel]
_NAMES = {phone.name: i for i, phone in enumerate(PHONES)}
_CLUSTER_NAMES = "s t,s p,s k,t r,p r,k r,b r,d r,g r,p l,k l,f l,th r,f r,k w,s l,s n,s t r,t s,k s,n t,n d,k t"
_CLUSTERS = [[_NAMES[name] for name in cluster.split()] for cluster in _CLUSTER_NAMES.split(",")]

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Said:
    """A recording and what is said in it."""

    samples: Samples
    labels: npt.NDArray[np.int64]
    """A phone for every 320 samples; `SILENCE` between words."""


def say_nonsense(generator: np.random.Generator, *, seconds: float = 1.6) -> Said:
    """One to a few words of a random speaker, cut to a length."""
    phones = _draw_phones(generator)
    total = round(seconds * RATE)
    pace = np.exp(generator.normal(0, 0.25))
    steps, owner = _lay_out(phones, pace, generator)
    num_steps = total // STEP
    lead = int(generator.integers(0, max(1, min(80, num_steps // 3))))
    steps, owner = steps[: num_steps - lead], owner[: num_steps - lead]
    samples = _render(steps, generator)
    where = np.full(num_steps, SILENCE)
    where[lead : lead + len(owner)] = owner
    whole = np.zeros(total, np.float32)
    whole[lead * STEP : lead * STEP + len(samples)] = samples[: total - lead * STEP]
    labels = where[: num_steps // 4 * 4].reshape(-1, 4)[:, 2]
    return Said(_record(whole, generator), labels.astype(np.int64))


def _draw_phones(generator: np.random.Generator) -> list[int]:
    phones: list[int] = []
    for _ in range(int(generator.integers(1, 4))):
        for _ in range(int(generator.integers(1, 4))):
            onset = generator.random()
            if onset < 0.65:
                phones.append(int(generator.choice(_CONSONANTS)))
            elif onset < 0.82:
                phones += _CLUSTERS[int(generator.integers(len(_CLUSTERS)))]
            phones.append(int(generator.choice(_VOWELS)))
            if generator.random() < 0.45:
                phones.append(int(generator.choice(_CONSONANTS)))
        if generator.random() < 0.6:
            phones.append(SILENCE)
    return phones


def _lay_out(
    phones: list[int], pace: float, generator: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Parameters of each step, shape (steps, 9): three formants, voice, noise, centre, width, aspirated, damped."""
    rows: list[list[float]] = []
    owner: list[int] = []
    pause = Part(140)
    for phone in phones:
        parts = (pause,) if phone == SILENCE else PHONES[phone].parts
        loud = generator.normal(0, 2)
        for part in parts:
            length = max(2, round(part.ms * pace * np.exp(generator.normal(0, 0.22)) / 5))
            wobble = np.exp(generator.normal(0, 0.04, 3))
            formants = (
                [np.nan] * 3 if part.formants is None else [f * w for f, w in zip(part.formants, wobble, strict=True)]
            )
            row = [
                *formants,
                part.voice + loud,
                part.noise + loud,
                part.centre,
                part.width,
                part.aspirated,
                part.damped,
            ]
            rows += [[float(value) for value in row]] * length
            owner += [phone] * length
    table = np.array(rows)
    for column in range(3):
        known = np.flatnonzero(~np.isnan(table[:, column]))
        if len(known) == 0:
            table[:, column] = (500, 1500, 2500)[column]
        else:
            table[:, column] = np.interp(np.arange(len(table)), known, table[known, column])
    table[:, :3] = _smooth(table[:, :3], int(generator.integers(7, 15)))
    table[:, 3:5] = _smooth(table[:, 3:5], 3)
    return table, np.array(owner)


def _smooth(table: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    width |= 1
    kernel = np.hanning(width + 2)[1:-1]
    kernel /= kernel.sum()
    padded = np.pad(table, ((width // 2, width // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel, "valid") for column in padded.T], 1)


def _render(table: npt.NDArray[np.float64], generator: np.random.Generator) -> Samples:
    num_steps = len(table)
    num_samples = num_steps * STEP
    tract = np.exp(generator.normal(0.08, 0.11))
    pitch = _pitch(num_steps, generator)
    breath = generator.uniform(-38, -22)
    tilt = generator.uniform(-16, -8)
    voiced = _pulses(np.repeat(pitch, STEP), generator)
    noise = generator.normal(0, 1, num_samples)
    formants = table[:, :3] * tract
    formants = np.concatenate([formants, np.tile([3500 * tract, 4500 * tract], (num_steps, 1))], 1)
    widths = np.array([70, 90, 140, 220, 320]) * np.exp(generator.normal(0, 0.25, 5)) + 0.02 * formants
    widths = np.where(table[:, 8:9] > 0.5, widths * 2.2, widths)
    ratio = (_HERTZ[None, None] / formants[:, :, None]) ** 2
    quality = (widths / formants)[:, :, None]
    gain = 1 / np.sqrt((1 - ratio) ** 2 + quality**2 * ratio)
    envelope_PK = np.prod(gain, 1) * (1 + (_HERTZ / (5500 * tract)) ** 2)
    envelope_PK /= np.sqrt((envelope_PK**2).mean(1, keepdims=True))
    slope_K = 10 ** (tilt / 20 * np.log2(np.maximum(_HERTZ, 100) / 300))
    damp_PK = np.where(table[:, 8:9] > 0.5, 10 ** (-0.6 * np.minimum(_HERTZ / 1000, 3)), 1.0)
    voice_PK = envelope_PK * np.minimum(slope_K, 1.5) * damp_PK * 10 ** (table[:, 3:4] / 20)
    band_PK = np.exp(-0.5 * ((_HERTZ - table[:, 5:6] * tract**0.5) / (0.5 * table[:, 6:7])) ** 2)
    hiss_PK = np.where(table[:, 7:8] > 0.5, envelope_PK * slope_K**0.3, band_PK * 2.5) * 10 ** (table[:, 4:5] / 20)
    hiss_PK += envelope_PK * slope_K**0.5 * 10 ** ((table[:, 3:4] + breath) / 20)
    return (_filter(voiced, voice_PK) + 0.35 * _filter(noise, hiss_PK)).astype(np.float32)


def _pitch(num_steps: int, generator: np.random.Generator) -> npt.NDArray[np.float64]:
    base = np.exp(generator.uniform(np.log(75), np.log(300)))
    points = np.cumsum(generator.normal(-0.02, 0.07, num_steps // 20 + 3))
    return np.asarray(base * np.exp(np.interp(np.arange(num_steps) / 20, np.arange(len(points)), points)))


def _pulses(pitch_N: npt.NDArray[np.float64], generator: np.random.Generator) -> npt.NDArray[np.float64]:
    phase = np.cumsum(pitch_N / RATE) + generator.random()
    at = np.flatnonzero(np.diff(np.floor(phase), prepend=0.0) > 0)
    signal = np.zeros(len(pitch_N))
    signal[at] = np.exp(generator.normal(0, 0.08, len(at))) * np.sqrt(RATE / pitch_N[at])
    return signal


def _filter(signal: npt.NDArray[np.float64], envelope_PK: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The signal through a filter that changes every step: windowed, filtered and added up again."""
    size = 2 * STEP * 2
    window = np.hanning(size + 1)[:-1] / 2
    padded = np.pad(signal, (size // 2, size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::STEP][: len(envelope_PK)] * window
    shaped = np.fft.irfft(np.fft.rfft(frames, FFT) * envelope_PK, FFT)
    out = np.zeros(len(envelope_PK) * STEP + FFT + size)
    for offset in range(0, FFT, STEP):
        part = shaped[:, offset : offset + STEP]
        rows = np.zeros((len(part), STEP))
        rows[:, : part.shape[1]] = part
        flat = rows.reshape(-1)
        out[offset : offset + len(flat)] += flat
    return out[size // 2 : size // 2 + len(signal)]


def _record(samples: Samples, generator: np.random.Generator) -> Samples:
    """A room, a microphone, a line and some noise."""
    sound = samples.astype(np.float64)
    if generator.random() < 0.5:
        decay = generator.uniform(0.03, 0.25)
        length = int(decay * RATE)
        tail = generator.normal(0, 1, length) * np.exp(-6 * np.arange(length) / length)
        tail[0] = 0
        echo = generator.uniform(0.1, 0.6) * tail / np.sqrt((tail**2).sum() + 1e-9)
        echo[0] = 1.0
        sound = fftconvolve(sound, echo)[: len(sound)]
    shape_K = 10 ** (np.interp(_HERTZ, np.linspace(0, RATE / 2, 9), generator.normal(0, 4, 9)) / 20)
    if generator.random() < 0.5:
        edge = generator.uniform(3200, 4000) if generator.random() < 0.7 else generator.uniform(4000, 7500)
        shape_K = shape_K / (1 + (_HERTZ / edge) ** 24)
        if generator.random() < 0.3:
            shape_K = shape_K * (_HERTZ > 250)
    sound = fftconvolve(sound, np.fft.fftshift(np.fft.irfft(shape_K)), mode="same")
    level = np.sqrt((sound**2).mean()) + 1e-9
    colour = generator.choice([0.0, 0.9, 0.98])
    noise = lfilter([1.0], [1.0, -colour], generator.normal(0, 1, len(sound)))
    noise /= np.sqrt((noise**2).mean())
    sound = sound + level * 10 ** (-generator.uniform(8, 45) / 20) * noise
    return (0.1 * sound / (np.sqrt((sound**2).mean()) + 1e-9)).astype(np.float32)
