"""Where a long recording can be cut: at its silences, and where there are none, at its quietest places."""

# N samples, F windows of 20 ms.

from typing import Final

import numpy as np

from injerto.data.arrays import Floats
from injerto.data.sound_decoding import Sound

_WINDOW_SECONDS: Final = 0.02
_SILENCE_SECONDS: Final = 0.3
"""The shortest pause at which a recording is cut: shorter ones are inside words."""
_MARGIN_SECONDS: Final = 0.06
"""Kept on either side of what is said: a breath or a soft consonant is quieter than the rest."""
_BELOW_LOUDEST: Final = 35.0
_ABOVE_NOISE: Final = 6.0
"""Decibels: a window is silent below the loudest by so much, or within so much of the noise."""
_SHORTEST_SECONDS: Final = 0.08
"""A click is no speech."""


def find_passages(sound: Sound, *, longest_seconds: float = 20.0) -> list[tuple[float, float]]:
    """Beginning and end, in seconds, of everything that is no silence; in order, none longer than `longest_seconds`."""
    size = max(1, round(_WINDOW_SECONDS * sound.sample_rate_hz))
    number = len(sound.samples) // size
    if not number:
        return [(0.0, sound.seconds)] if np.any(sound.samples) else []
    power_F = np.square(sound.samples[: number * size].reshape(number, size), dtype=np.float64).mean(axis=1)
    level_F = 10 * np.log10(power_F + 1e-10)
    noise, loud = np.percentile(level_F, 10), np.percentile(level_F, 99)
    # Without a pause the quietest tenth is speech too; then the loudest alone decides.
    threshold = max(loud - _BELOW_LOUDEST, min(noise + _ABOVE_NOISE, loud - _ABOVE_NOISE * 2))
    runs = _join(_runs(level_F > threshold), gap=round(_SILENCE_SECONDS / _WINDOW_SECONDS))
    if loud < -75:
        return []
    margin = round(_MARGIN_SECONDS / _WINDOW_SECONDS)
    found: list[tuple[float, float]] = []
    for first, stop in runs:
        if (stop - first) * _WINDOW_SECONDS < _SHORTEST_SECONDS:
            continue
        for start, end in _split(level_F, max(0, first - margin), min(number, stop + margin), longest_seconds):
            found.append((start * size / sound.sample_rate_hz, end * size / sound.sample_rate_hz))
    return found


def _runs(active_F: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active_F, [False]]).astype(int)))
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]


def _join(runs: list[tuple[int, int]], *, gap: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, stop in runs:
        if joined and first - joined[-1][1] < gap:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((first, stop))
    return joined


def _split(level_F: Floats, first: int, stop: int, longest_seconds: float) -> list[tuple[int, int]]:
    """Cut at the quietest window of the middle half, until every part is short enough."""
    most = max(2, int(longest_seconds / _WINDOW_SECONDS))
    if stop - first <= most:
        return [(first, stop)]
    quarter = (stop - first) // 4
    low, high = max(first + 1, min(first + quarter, stop - 1)), max(first + 2, stop - quarter)
    middle = low + int(level_F[low:high].argmin())
    return [*_split(level_F, first, middle, longest_seconds), *_split(level_F, middle, stop, longest_seconds)]
