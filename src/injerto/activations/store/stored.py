"""Values of many examples on disk: found by digest once, read in any order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from injerto.activations.store.precision import decode
from injerto.activations.store.segment import NAME_BYTES, Segment

_LARGE_ROW: Final = 16 << 10
"""Bytes from which on a row is copied by itself."""

Indices = npt.NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class Stored:
    """Values of many examples, by the digest of each; rows stay on disk until they are read.

    The index takes 24 bytes an example, however long the values are.
    """

    segments: tuple[Segment, ...]
    _prefixes: npt.NDArray[np.uint64]
    """First eight bytes of every name, sorted."""
    _places: npt.NDArray[np.int32]
    """Segment and example of every name, in that order."""

    @classmethod
    def of(cls, segments: Sequence[Segment]) -> "Stored":
        """Index segments; of an example that is there twice, any copy will do."""
        prefixes = [_prefixes(np.asarray(segment.names)) for segment in segments]
        places = [
            np.stack([np.full(len(segment), number), np.arange(len(segment))], 1)
            for number, segment in enumerate(segments)
        ]
        joined = np.concatenate(prefixes) if prefixes else np.zeros(0, np.uint64)
        order = np.argsort(joined, kind="stable")
        place = np.concatenate(places).astype(np.int32) if places else np.zeros((0, 2), np.int32)
        return cls(tuple(segments), joined[order], place[order])

    def select(self, digests: Sequence[str]) -> "Selection":
        """Examples by position in `digests`, looked up once for all readings."""
        return Selection(self, *self.find(digests))

    def gather(self, digests: Sequence[str]) -> Tensor:
        """See `Selection.gather`."""
        return self.select(digests).gather(range(len(digests)))

    def read(self, digest: str) -> Tensor:
        """See `Selection.read`."""
        return self.select([digest]).read(0)

    def find(self, digests: Sequence[str]) -> tuple[Indices, Indices]:
        """Segment and example of each digest; -1 where there is none."""
        names = np.frombuffer(bytes.fromhex("".join(digests)), np.uint8).reshape(-1, NAME_BYTES)
        segment, example = np.full(len(names), -1), np.full(len(names), -1)
        if not len(self._prefixes):
            return segment, example
        prefixes = _prefixes(names)
        place = np.searchsorted(self._prefixes, prefixes)
        left = np.arange(len(names))
        # One round, but where a name is stored twice, or in theory where eight bytes of two names agree.
        while len(left := left[place[left] < len(self._prefixes)]):
            left = left[self._prefixes[place[left]] == prefixes[left]]
            numbers, rows = self._places[place[left]].T.astype(np.int64)
            is_found = np.zeros(len(left), dtype=bool)
            for number in np.unique(numbers):
                own = np.flatnonzero(numbers == number)
                stored = np.asarray(self.segments[number].names)[rows[own]]
                is_found[own] = (stored == names[left[own]]).all(1)
            segment[left[is_found]], example[left[is_found]] = numbers[is_found], rows[is_found]
            left = left[~is_found]
            place[left] += 1
        return segment, example


@final
@dataclass(frozen=True, slots=True)
class Selection:
    """Stored examples in an order of the reader's own."""

    stored: Stored
    segment: Indices
    example: Indices

    def __len__(self) -> int:
        return len(self.segment)

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Of the values of one example of one row."""
        return tuple(self.stored.segments[self.segment[0]].values.shape[1:])

    def read(self, position: int) -> Tensor:
        """The values of one example as float32; where examples are ragged, the first dimension is its length."""
        values, scale = self.stored.segments[self.segment[position]].read(int(self.example[position]))
        return decode(values, scale)

    def gather(self, positions: Sequence[int]) -> Tensor:
        """The values of examples of one row each, stacked, as float32."""
        chosen = np.asarray(positions)
        segments, examples = self.segment[chosen], self.example[chosen]
        row = self.stored.segments[segments[0]].values[0]
        out = torch.empty(len(chosen), *row.shape)
        for number in np.unique(segments):
            segment, places = self.stored.segments[number], np.flatnonzero(segments == number)
            if row.nbytes < _LARGE_ROW:
                out[torch.from_numpy(places)] = decode(*segment.gather(examples[places]))
                continue
            # One copy, straight from the mapped file: large rows are as quick as memory is.
            for place in places:
                segment.read_into(out[int(place)], int(examples[place]))
        return out


def _prefixes(names: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    return np.ascontiguousarray(names[:, :8]).view("<u8")[:, 0]
