"""Cepstral coefficients of a recording: the features that speech was recognised by before networks."""

# F windows, M bands, K coefficients, S stretches.

from typing import Final

import numpy as np
import torch

from injerto.backbones.speech.log_mel import LogMel
from injerto.data.arrays import Floats
from injerto.data.recordings import AbstractRecording
from injerto.data.sound_decoding import resample

_RATE: Final = 16_000
_COEFFICIENTS: Final = 20
_STRETCHES: Final = 3
_MOST_SECONDS: Final = 30.0


def mean_mfcc(item: AbstractRecording) -> Floats:
    """Twenty coefficients: their means over three equal stretches, and their spread over the whole; shape (80,)."""
    sound = item.read()
    samples = resample(sound.samples[: int(_MOST_SECONDS * sound.sample_rate_hz)], sound.sample_rate_hz, _RATE)
    mel = LogMel(num_bands=40, sample_rate_hz=_RATE)
    number = max(_STRETCHES, len(samples) // mel.hop)
    bands_FM = mel(torch.from_numpy(samples)[None], torch.ones(1, number, dtype=torch.long))[0].double().numpy()
    coefficients_FK = bands_FM @ _cosines(bands_FM.shape[1])
    means = [part.mean(axis=0) for part in np.array_split(coefficients_FK, _STRETCHES)]
    return np.concatenate([*means, coefficients_FK.std(axis=0)])


def _cosines(num_bands: int) -> Floats:
    """The orthonormal DCT-II, shape (bands, coefficients)."""
    places = (np.arange(num_bands) + 0.5) * np.pi / num_bands
    cosines = np.sqrt(2 / num_bands) * np.cos(places[:, None] * np.arange(_COEFFICIENTS))
    cosines[:, 0] /= np.sqrt(2)
    return np.asarray(cosines)
