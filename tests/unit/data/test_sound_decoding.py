"""Recordings as people have them: cut, lying, stereo, silent, in formats that are not opened."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from injerto.core.errors import DataError
from injerto.data.sound_decoding import decode_sound, read_sound_header, resample, sound_from_array

RATE = 16_000
TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)


def write(path: Path, samples: np.ndarray = TONE, rate: int = RATE, **how: str) -> Path:
    soundfile.write(path, samples, rate, **how)
    return path


def refusal(source: Path | bytes) -> str:
    with pytest.raises(DataError) as caught:
        decode_sound(source, where="x", check=True)
    return caught.value.key


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_formats_read_as_what_was_written(tmp_path: Path, suffix: str) -> None:
    sound = decode_sound(write(tmp_path / f"a.{suffix}"), where="x", check=True)
    assert sound.sample_rate_hz == RATE
    # MP3 pads its ends; the others keep the length.
    assert abs(len(sound.samples) - RATE) <= (2500 if suffix == "mp3" else 0)
    assert 0.3 < np.abs(sound.samples).max() < 0.6
    assert sound.flaws == ()


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_cut_files_are_refused(tmp_path: Path, suffix: str, share: float) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 4 * RATE).astype(np.float32)
    path = write(tmp_path / f"a.{suffix}", noise)
    encoded = path.read_bytes()
    path.write_bytes(encoded[: int(share * len(encoded))])
    assert refusal(path) in ("sound-cut", "sound-broken")


def test_what_holds_nothing_is_refused(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "a.wav", TONE[:0])) == "sound-empty"
    (tmp_path / "b.wav").write_bytes(b"")
    assert refusal(tmp_path / "b.wav") == "sound-empty"
    assert refusal(tmp_path / "none.wav") == "sound-missing"
    os.mkfifo(tmp_path / "pipe.wav")
    assert refusal(tmp_path / "pipe.wav") == "sound-not-file"
    (tmp_path / "text.wav").write_text("hello")
    assert refusal(tmp_path / "text.wav") == "sound-broken"


@pytest.mark.parametrize("rate", [1, 2_000_000_000, 0])
def test_lying_rates_are_refused(tmp_path: Path, rate: int) -> None:
    encoded = bytearray(write(tmp_path / "a.wav").read_bytes())
    encoded[24:28] = rate.to_bytes(4, "little")
    assert refusal(bytes(encoded)) in ("sound-rate", "sound-broken")


def test_a_header_that_announces_four_gigabytes_is_refused(tmp_path: Path) -> None:
    encoded = bytearray(write(tmp_path / "a.wav").read_bytes())
    encoded[40:44] = b"\xff\xff\xff\xff"
    assert refusal(bytes(encoded)) == "sound-cut"


def test_other_formats_are_named() -> None:
    with pytest.raises(DataError, match="MP4"):
        decode_sound(b"\0\0\0\x20ftypM4A " + b"\0" * 100, where="x")
    with pytest.raises(DataError, match="AMR"):
        decode_sound(b"#!AMR\n" + b"\0" * 100, where="x")


def test_values_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    broken = TONE.copy()
    broken[10] = np.nan
    assert refusal(write(tmp_path / "a.wav", broken, subtype="FLOAT")) == "sound-not-finite"


def test_channels_become_one_by_energy(tmp_path: Path) -> None:
    opposite = decode_sound(write(tmp_path / "a.wav", np.stack([TONE, -TONE], 1)), where="x")
    np.testing.assert_allclose(np.abs(opposite.samples), np.abs(TONE), atol=1e-4)
    assert "opposite" in opposite.notes[0]
    silent = decode_sound(write(tmp_path / "b.wav", np.stack([TONE, 0 * TONE], 1)), where="x")
    np.testing.assert_allclose(silent.samples, TONE / 2, atol=1e-4)
    assert "silent" in silent.notes[0]


def test_flaws_are_named() -> None:
    assert sound_from_array(0 * TONE, RATE, where="x").flaws == ("silent",)
    assert sound_from_array(np.clip(10 * TONE, -1, 1), RATE, where="x").flaws == ("clipped",)
    assert sound_from_array(TONE / 2 + 0.3, RATE, where="x").flaws == ("offset",)


def test_a_part_of_a_file_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", subtype="FLOAT")
    part = decode_sound(path, where="x", start=0.25, end=0.5)
    np.testing.assert_array_equal(part.samples, TONE[4000:8000])
    with pytest.raises(DataError, match="not inside"):
        decode_sound(path, where="x", start=0.5, end=3.0)


def test_resampling_keeps_a_tone() -> None:
    moved = resample(TONE, RATE, 8000)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    np.testing.assert_allclose(moved[200:-200], expected[200:-200], atol=1e-3)


def test_integers_are_scaled_by_their_type() -> None:
    sound = sound_from_array((TONE * 32767).astype(np.int16), RATE, where="x")
    np.testing.assert_allclose(sound.samples, TONE, atol=1e-4)


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 8043), value=st.integers(0, 255), cut=st.integers(0, 8044))
def test_damaged_bytes_give_a_sound_or_one_error(place: int, value: int, cut: int) -> None:
    """Whatever the bytes, nothing but a `DataError` comes out, and what comes out is finite."""
    encoded = bytearray(_encoded())
    encoded[place] = value
    damaged = bytes(encoded[:cut] if cut % 3 == 0 else encoded)
    try:
        sound = decode_sound(damaged, where="x", check=True)
        read_sound_header(damaged, where="x")
    except DataError:
        return
    assert np.isfinite(sound.samples).all()
    assert len(sound.samples) > 0


def _encoded() -> bytes:
    import io

    stream = io.BytesIO()
    soundfile.write(stream, TONE[:4000], RATE, format="WAV")
    return stream.getvalue()
