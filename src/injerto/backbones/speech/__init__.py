"""Networks that read sound: samples in, one vector every few milliseconds out."""

from typing import Final

ARCHITECTURES: Final = {
    "compact-encoder": "injerto.backbones.speech.compact_encoder:CompactEncoder",
    "speech-embedding": "injerto.backbones.speech.speech_embedding:SpeechEmbedding",
}
"""Networks of this package by the name in config.json, and where each is defined: imported when asked for."""
