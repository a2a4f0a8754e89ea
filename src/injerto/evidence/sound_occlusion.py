"""Occlusion in time: which moments of a recording speak for an answer, by what it loses where they are hushed."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from injerto.artifacts.model import Model
from injerto.data.arrays import Floats
from injerto.data.items import AbstractItem
from injerto.data.recordings import AbstractRecording, RecordingArray
from injerto.data.sound_decoding import Samples

_MOMENTS: Final = 12
"""Parts of a recording, each of them one pass."""
_HUSHED: Final = 0.01
"""What is left of the loudness of a part: 40 dB less, so that the recording's own floor stays and no edge clicks."""
_EDGE_SECONDS: Final = 0.005
_SMALLEST: Final = 1e-9


def measure_moment_effects(model: Model, items: Sequence[AbstractItem], labels: Sequence[int]) -> list[Floats]:
    """For each recording the effect of its moments on the answer that it is of its label, shape (moments,).

    Zeiler and Fergus 2014, arXiv 1311.2901, in time: log odds of the answer for the whole recording minus those with
    one moment hushed. It asks nothing of the network but its answers.
    """
    asked: list[AbstractItem] = []
    for item in items:
        assert isinstance(item, AbstractRecording)  # The model hears recordings.
        sound = item.read()
        asked.append(RecordingArray(sound.samples, sound.sample_rate_hz, item.name))
        parts = hush_moments(sound.samples, sound.sample_rate_hz)
        asked += [RecordingArray(part, sound.sample_rate_hz, item.name) for part in parts]
    told = model.probabilities(asked).reshape(len(items), _MOMENTS + 1, -1)
    found = []
    for rows, label in zip(told, labels, strict=True):
        kept = np.clip(rows[:, label], _SMALLEST, 1 - _SMALLEST)
        odds = np.log(kept / (1 - kept))
        found.append(np.asarray(odds[0] - odds[1:], dtype=np.float64))
    return found


def hush_moments(samples: Samples, sample_rate_hz: int) -> list[Samples]:
    """The recording once for each moment, with that moment hushed and its edges faded."""
    ends = np.linspace(0, len(samples), _MOMENTS + 1).round().astype(int)
    place = np.arange(len(samples))
    edge = max(1.0, _EDGE_SECONDS * sample_rate_hz)
    hushed = []
    for start, end in pairwise(ends):
        inside = np.clip(np.minimum(place - start, end - place) / edge + 1, 0, 1)
        hushed.append(np.asarray(samples * (1 - (1 - _HUSHED) * inside), dtype=np.float32))
    return hushed
