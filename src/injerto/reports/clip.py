"""A recording as an address of its own, small enough for a page."""

import base64
import io
from typing import Final

import numpy as np

from injerto.data.sound_decoding import Samples, resample

_SECONDS: Final = 12.0
_RATE_HZ: Final = 16_000


def encode_clip(samples: Samples, sample_rate_hz: int) -> str:
    """The first twelve seconds as MP3, which every browser plays; written anew, so that no tag of the file travels.

    A library of sound files that cannot write MP3 (libsndfile before 1.1) gives WAV, eight times as large.
    """
    import soundfile  # Of the extra `audio`: who has recordings has it.

    first = samples[: int(_SECONDS * sample_rate_hz)]
    clip = np.clip(resample(first, sample_rate_hz, _RATE_HZ), -1.0, 1.0)
    kind = "MP3" if "MP3" in soundfile.available_formats() else "WAV"
    stream = io.BytesIO()
    soundfile.write(stream, clip, _RATE_HZ, format=kind)
    media = "audio/mpeg" if kind == "MP3" else "audio/wav"
    return f"data:{media};base64,{base64.b64encode(stream.getvalue()).decode()}"
