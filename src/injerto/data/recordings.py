"""Recordings as items: a file or a part of one, bytes in a table, an array."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np
import numpy.typing as npt

from injerto.core.hashing import digest_bytes, digest_file
from injerto.data.items import AbstractItem
from injerto.data.sound_decoding import Sound, decode_sound, read_sound_header, sound_from_array


class AbstractRecording(AbstractItem):
    """An item that reads as one channel of sound."""

    @abstractmethod
    def read(self, *, check: bool = False) -> Sound:
        """Decode; raises `DataError` naming the file or row. `check` also asks whether the file is whole."""

    @abstractmethod
    def read_length(self) -> tuple[int, int]:
        """Samples and their rate of what `read` gives, from a header where there is one."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What messages call it."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        samples, rate = self.read_length()
        return samples / rate


@final
@dataclass(frozen=True)
class RecordingFile(AbstractRecording):
    """A sound file on disk, or the part of it between two times in seconds."""

    path: Path
    start: float | None = None
    end: float | None = None

    @cached_property
    def digest(self) -> str:
        whole = digest_file(self.path)
        return (
            whole
            if self.start is None and self.end is None
            else digest_bytes(f"{whole} {self.start} {self.end}".encode())
        )

    @property
    def name(self) -> str:
        return str(self.path)

    def read(self, *, check: bool = False) -> Sound:
        return decode_sound(self.path, where=str(self.path), start=self.start, end=self.end, check=check)

    def read_length(self) -> tuple[int, int]:
        return self._length

    @cached_property
    def _length(self) -> tuple[int, int]:
        header = read_sound_header(self.path, where=str(self.path))
        first = round((self.start or 0.0) * header.sample_rate_hz)
        stop = header.num_samples if self.end is None else round(self.end * header.sample_rate_hz)
        return max(0, min(stop, header.num_samples) - first), header.sample_rate_hz


@final
@dataclass(frozen=True)
class RecordingBytes(AbstractRecording):
    """An encoded recording held in memory."""

    encoded: bytes
    where: str

    @cached_property
    def digest(self) -> str:
        return digest_bytes(self.encoded)

    @property
    def name(self) -> str:
        return self.where

    def read(self, *, check: bool = False) -> Sound:
        return decode_sound(self.encoded, where=self.where, check=check)

    def read_length(self) -> tuple[int, int]:
        header = read_sound_header(self.encoded, where=self.where)
        return header.num_samples, header.sample_rate_hz


@final
@dataclass(frozen=True, eq=False)
class RecordingArray(AbstractRecording):
    """Samples in memory: (samples,), (samples, channels) or (channels, samples); floats up to 1, or integers."""

    samples: npt.NDArray[Any]
    sample_rate_hz: int
    where: str

    @cached_property
    def digest(self) -> str:
        samples = np.ascontiguousarray(self.samples)
        return digest_bytes(str((samples.shape, samples.dtype.str, self.sample_rate_hz)).encode(), samples.tobytes())

    @property
    def name(self) -> str:
        return self.where

    def read(self, *, check: bool = False) -> Sound:
        return sound_from_array(self.samples, self.sample_rate_hz, where=self.where)

    def read_length(self) -> tuple[int, int]:
        return max(self.samples.shape), self.sample_rate_hz
