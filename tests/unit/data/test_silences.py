"""Cutting at silences."""

from itertools import pairwise

import numpy as np
import pytest

from injerto.core.transcript import Passage, Transcript
from injerto.data.silences import find_passages
from injerto.data.sound_decoding import Sound

RATE = 8000


def sound(*parts: tuple[float, float]) -> Sound:
    """Seconds of noise at a loudness, one after another."""
    generator = np.random.default_rng(0)
    samples = [generator.normal(0, loud, int(seconds * RATE)) for seconds, loud in parts]
    return Sound(samples=np.concatenate(samples).astype(np.float32), sample_rate_hz=RATE)


def test_what_is_between_silences_is_found() -> None:
    found = find_passages(sound((0.5, 0.001), (1.0, 0.1), (0.6, 0.001), (0.8, 0.1), (0.5, 0.001)))
    assert len(found) == 2
    np.testing.assert_allclose(found, [(0.44, 1.56), (2.04, 2.96)], atol=0.03)


def test_a_long_speech_without_pauses_is_cut_at_its_quietest_places() -> None:
    parts = [(9.0, 0.1), (0.2, 0.03), (9.0, 0.1), (0.2, 0.03), (9.0, 0.1)]
    found = find_passages(sound(*parts), longest_seconds=12.0)
    assert all(end - start <= 12.0 for start, end in found)
    assert found[0][0] == 0
    assert found[-1][1] == pytest.approx(27.4, abs=0.1)
    assert all(one[1] == other[0] for one, other in pairwise(found))


def test_silence_holds_nothing() -> None:
    assert find_passages(sound((2.0, 0.0))) == []
    assert find_passages(sound((0.001, 0.1))) == [(0.0, 0.001)]


def test_subtitles() -> None:
    passages = [Passage(start=0.5, end=61.25, text="up & down", confidence=0.9)]
    one = Transcript(input="a.wav", seconds=62, text="up & down", passages=(*passages,))
    assert one.to_srt() == "1\n00:00:00,500 --> 00:01:01,250\nup & down\n"
    assert one.to_vtt() == "WEBVTT\n\n00:00:00.500 --> 00:01:01.250\nup &amp; down\n"
