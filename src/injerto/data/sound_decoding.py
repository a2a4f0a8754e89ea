"""One way into recordings: every supported file or array becomes one channel of floats, or a `DataError`."""

# C channels, N samples.

import io
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.data.mp3_frames import find_wrong_count
from injerto.data.sound_formats import HEAD_BYTES, missing_bytes, name_refused

Samples = npt.NDArray[np.float32]

LOWEST_RATE: Final = 4_000
HIGHEST_RATE: Final = 192_000
LONGEST_SECONDS: Final = 6 * 3600.0
"""Of a whole file: 1.4 GB at 16 kHz. Longer ones are cut first."""
_CANCELLED: Final = 0.1
"""Share of the power of the channels that their average has to keep; below it they cancel each other."""
_SILENT: Final = 1e-4
"""Peak below which nothing is heard: -80 dB of full scale."""
_CLIPPED_SHARE: Final = 0.001
_CLIPPED_LEVEL: Final = 0.995
_OFFSET: Final = 0.05
_INTEGER_SCALES: Final = {"i2": 32768.0, "i4": 2147483648.0}
_TAIL_BYTES: Final = 65_536


@final
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sound:
    """A decoded recording."""

    samples: Samples
    """One channel, full scale at 1, shape (samples,)."""
    sample_rate_hz: int
    notes: tuple[str, ...] = ()
    """One sentence for each conversion worth knowing of."""
    flaws: tuple[str, ...] = ()
    """What is wrong with it that does not hinder its use: `silent`, `clipped`, `offset`."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate_hz


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class SoundHeader:
    """What a file says of itself."""

    num_samples: int
    sample_rate_hz: int
    num_channels: int

    @property
    def seconds(self) -> float:
        return self.num_samples / self.sample_rate_hz


def decode_sound(
    source: Path | bytes, *, where: str, start: float | None = None, end: float | None = None, check: bool = False
) -> Sound:
    """Decode a WAV, FLAC, OGG, MP3 or AIFF file, or the part of it from `start` to `end` seconds.

    Channels become one by their average, or by the louder one where they cancel each other. Formats are recognised by
    content.

    Args:
        source: a file, or its bytes. A pipe, a device or a folder is refused without being opened.
        where: what messages call it.
        start: seconds; None is the beginning.
        end: seconds; None is the end.
        check: also compare the length that the file announces with the bytes that are there.

    Raises:
        DataError: the recording is missing, empty, cut, damaged, in a format that is not opened, holds values that are
            not finite, has a rate outside 4 to 192 kHz, or is longer than six hours.
    """
    import soundfile

    if check:
        _check_whole(source, where)
    opened, notes = _open(source, where)
    try:
        with soundfile.SoundFile(opened) as file:
            header = _check_header(file, where)
            first, stop = _place(header, start, end, where)
            file.seek(first)
            block_NC = file.read(stop - first, dtype="float32", always_2d=True)
    except DataError:
        raise
    except MemoryError as error:
        raise DataError("sound-broken", where=where, reason="it announces more samples than memory holds") from error
    except Exception as error:
        # libsndfile raises its own errors, and for damaged files also OSError, ValueError and RuntimeError.
        raise _explain(error, source, where) from error
    if len(block_NC) < stop - first:
        if not _is_mp3(source):
            raise DataError(
                "sound-cut", where=where, reason=f"{stop - first:,} samples announced, {len(block_NC):,} there"
            )
        notes = (say("data.sound.mp3-length"),)
    return _finish(block_NC, header.sample_rate_hz, where, notes)


def sound_from_array(samples: npt.NDArray[Any], sample_rate_hz: int, *, where: str) -> Sound:
    """Samples that the user holds, shape (samples,), (samples, channels) or (channels, samples).

    The longer axis is time. Integers are scaled by the range of their type.
    """
    if samples.dtype.kind not in "if" or samples.ndim not in (1, 2):
        raise DataError("sound-array", where=where, shape=samples.shape, type=samples.dtype)
    if not LOWEST_RATE <= sample_rate_hz <= HIGHEST_RATE:
        raise DataError("sound-rate", where=where, rate=sample_rate_hz, least=LOWEST_RATE, most=HIGHEST_RATE)
    block = np.atleast_2d(samples)
    block_NC = block if block.shape[0] >= block.shape[1] else block.T
    scale = _INTEGER_SCALES.get(samples.dtype.str[1:], 1.0)
    return _finish((block_NC / scale).astype(np.float32), sample_rate_hz, where, ())


def read_sound_header(source: Path | bytes, *, where: str) -> SoundHeader:
    """Length, rate and channels without decoding; raises as `decode_sound` does."""
    import soundfile

    opened, _ = _open(source, where)
    try:
        with soundfile.SoundFile(opened) as file:
            return _check_header(file, where)
    except DataError:
        raise
    except Exception as error:
        # As in `decode_sound`.
        raise _explain(error, source, where) from error


def resample(samples: Samples, rate: int, wanted: int) -> Samples:
    """At another rate, by soxr's high-quality filter; the same samples where the rates are equal."""
    if rate == wanted or not len(samples):
        return samples
    import soxr

    moved: Samples = soxr.resample(samples, rate, wanted, quality="HQ").astype(np.float32, copy=False)
    return moved


def _finish(block_NC: npt.NDArray[np.float32], rate: int, where: str, notes: tuple[str, ...]) -> Sound:
    if not len(block_NC):
        raise DataError("sound-empty", where=where)
    if not np.isfinite(block_NC).all():
        raise DataError("sound-not-finite", where=where)
    samples, mixing = _mix(block_NC)
    return Sound(samples=samples, sample_rate_hz=rate, notes=(*notes, *mixing), flaws=_find_flaws(block_NC, samples))


def _mix(block_NC: npt.NDArray[np.float32]) -> tuple[Samples, tuple[str, ...]]:
    if block_NC.shape[1] == 1:
        return np.ascontiguousarray(block_NC[:, 0]), ()
    power_C = np.mean(np.square(block_NC, dtype=np.float64), axis=0)
    average: Samples = block_NC.mean(axis=1, dtype=np.float32)
    whole = float(power_C.mean())
    if whole > 0 and float(np.mean(np.square(average, dtype=np.float64))) < _CANCELLED * whole:
        return np.ascontiguousarray(block_NC[:, int(power_C.argmax())]), (say("data.sound.opposite"),)
    if whole > 0 and power_C.min() < 1e-6 * power_C.max():
        return average, (say("data.sound.channel-silent"),)
    return average, (say("data.sound.mixed", number=block_NC.shape[1]),)


def _find_flaws(block_NC: npt.NDArray[np.float32], samples: Samples) -> tuple[str, ...]:
    peak = float(np.abs(samples).max())
    if peak < _SILENT:
        return ("silent",)
    flaws = []
    if float((np.abs(block_NC) >= _CLIPPED_LEVEL).mean()) > _CLIPPED_SHARE:
        flaws.append("clipped")
    if abs(float(samples.mean())) > max(_OFFSET, 0.1 * peak):
        flaws.append("offset")
    return tuple(flaws)


def _place(header: SoundHeader, start: float | None, end: float | None, where: str) -> tuple[int, int]:
    first = round((start or 0.0) * header.sample_rate_hz)
    stop = header.num_samples if end is None else round(end * header.sample_rate_hz)
    # A hundredth of a second past the end is rounding of whoever wrote the times.
    if first < 0 or first >= stop or stop > header.num_samples + header.sample_rate_hz // 100:
        if header.num_samples == 0:
            raise DataError("sound-empty", where=where)
        raise DataError("sound-part", where=where, start=start or 0, end=end, seconds=f"{header.seconds:.2f}")
    return first, min(stop, header.num_samples)


def _check_header(file: Any, where: str) -> SoundHeader:
    rate, frames, channels = int(file.samplerate), int(file.frames), int(file.channels)
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise DataError("sound-rate", where=where, rate=rate, least=LOWEST_RATE, most=HIGHEST_RATE)
    if frames > LONGEST_SECONDS * rate:
        raise DataError(
            "sound-long", where=where, hours=f"{frames / rate / 3600:.1f}", most=f"{LONGEST_SECONDS / 3600:.0f}"
        )
    return SoundHeader(num_samples=max(0, frames), sample_rate_hz=rate, num_channels=channels)


def _open(source: Path | bytes, where: str) -> tuple[str | io.BytesIO, tuple[str, ...]]:
    """What soundfile opens, and what is to be said of it; an MP3 whose first frame counts wrongly is corrected."""
    opened = io.BytesIO(source) if isinstance(source, bytes) else _checked(source, where)
    if not _is_mp3(source):
        return opened, ()
    try:
        wrong = find_wrong_count(source)
        if wrong is None:
            return opened, ()
        content = source if isinstance(source, bytes) else source.read_bytes()
    except OSError as error:
        raise DataError("path-unreadable", path=where, reason=error.strerror or type(error).__name__) from error
    return io.BytesIO(wrong.corrected(content)), (say("data.sound.mp3-length"),)


def _checked(path: Path, where: str) -> str:
    """The path of a plain file that is not empty."""
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise DataError("sound-missing", where=where) from error
    except OSError as error:
        raise DataError("path-unreadable", path=where, reason=error.strerror or type(error).__name__) from error
    if not stat.S_ISREG(found.st_mode):
        raise DataError("sound-not-file", where=where)
    if not found.st_size:
        raise DataError("sound-empty", where=where)
    return str(path)


def _check_whole(source: Path | bytes, where: str) -> None:
    if isinstance(source, bytes):
        head, tail, size = source[:HEAD_BYTES], source[-_TAIL_BYTES:], len(source)
    else:
        _checked(source, where)
        try:
            with source.open("rb") as stream:
                head, size = stream.read(HEAD_BYTES), source.stat().st_size
                stream.seek(max(0, size - _TAIL_BYTES))
                tail = stream.read()
        except OSError as error:
            raise DataError("path-unreadable", path=where, reason=error.strerror or type(error).__name__) from error
    if (why := missing_bytes(head, tail, size)) is not None:
        raise DataError("sound-cut", where=where, reason=why)


def _is_mp3(source: Path | bytes) -> bool:
    head = source[:3] if isinstance(source, bytes) else _head(source)[:3]
    return head == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError:
        return b""  # Whoever opened it before says why.


def _explain(error: Exception, source: Path | bytes, where: str) -> DataError:
    head = source[:HEAD_BYTES] if isinstance(source, bytes) else _head(source)
    if isinstance(error, PermissionError) or (isinstance(source, Path) and not head):
        return DataError("path-unreadable", path=where, reason="no permission")
    if (name := name_refused(head)) is not None:
        return DataError("sound-format", where=where, format=name)
    reason = str(error).strip().splitlines()[-1:] or [type(error).__name__]
    return DataError("sound-broken", where=where, reason=reason[0].rstrip(".").removeprefix("Error : "))
