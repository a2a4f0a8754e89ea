"""Networks that read sound: samples in, one vector every few milliseconds out."""

from typing import Final

ARCHITECTURES: Final = {
    "compact-encoder": "injerto.backbones.speech.compact_encoder:CompactEncoder",
    "deep-speech-1": "injerto.backbones.speech.deep_speech_1:DeepSpeech1",
    "deep-speech-2": "injerto.backbones.speech.deep_speech_2:DeepSpeech2",
    "speech-embedding": "injerto.backbones.speech.speech_embedding:SpeechEmbedding",
}
"""Networks of this package by the name in config.json, and where each is defined: imported when asked for."""
