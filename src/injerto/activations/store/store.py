"""The activation store: what frozen layers gave for an input, on disk, by content.

An entry is a folder named by what made the values (backbone, contract, cut or tap, precision). It holds segments
(`segment.py`): immutable files that appear whole or not at all. Many processes may read and write at once; the worst
that two can do to each other is to compute the same example twice.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import disk_usage
from typing import Final, NamedTuple, final

import numpy as np
import torch
from torch import Tensor

from injerto.activations.store.entry import EntryInfo, Runs, StoreKey
from injerto.activations.store.precision import Encoded, encode
from injerto.activations.store.segment import DamagedSegmentError, Segment, segment_bytes
from injerto.activations.store.stored import Stored
from injerto.core.arithmetic import Arithmetic
from injerto.core.atomic import write_file
from injerto.core.errors import ResourceError
from injerto.core.hashing import digest_json
from injerto.core.paths import injerto_home

_FOLDER: Final = "activations"
_ENTRY_NAME: Final = "entry.json"
_RUNS_NAME: Final = "runs.json"
_MOST_RUNS: Final = 20
_SMALL_BYTES: Final = 8 << 20
"""Segments below this are merged when an entry is compacted."""
_SHARE_OF_DISK: Final = 0.25
_MOST_BYTES: Final = 100 << 30
_STALE_SECONDS: Final = 3600
"""A hidden file this old belongs to no writer that still lives."""


@final
class ActivationStore:
    """One folder of entries, kept below a size by deleting those used least recently.

    Args:
        root: where the folder is; None takes INJERTO_HOME.
        max_bytes: largest size of all entries; None is a quarter of the disk, at most 100 GB.
        run: what `injerto cache` calls the user of the entries, such as the output of a fit.
        arithmetic: how coarsely the values that are kept and given may be computed.
    """

    def __init__(
        self,
        root: Path | None = None,
        *,
        max_bytes: int | None = None,
        run: str | None = None,
        arithmetic: Arithmetic = "close",
    ) -> None:
        self._root = (root or injerto_home()) / _FOLDER
        self._max_bytes = max_bytes
        self._run = run
        self.arithmetic: Final = arithmetic
        self._used: set[str] = set()

    @property
    def folder(self) -> Path:
        """Where the entries are."""
        return self._root

    def load(self, key: StoreKey, digests: Sequence[str]) -> tuple[Stored, list[str]]:
        """What is stored of `digests` under `key`, and those of them that are not.

        The bytes of every example asked for are checked; a segment in which they have changed is removed, and its
        examples are missing.
        """
        folder = self._root / key.digest()
        segments = self._open_segments(folder)
        while True:
            stored = Stored.of(segments)
            numbers, examples = stored.find(digests)
            damaged = {
                int(number)
                for number in np.unique(numbers[numbers >= 0])
                if not stored.segments[number].verify(np.sort(examples[numbers == number]))
            }
            if not damaged:
                break
            for number in damaged:
                stored.segments[number].path.unlink(missing_ok=True)
            segments = [segment for number, segment in enumerate(segments) if number not in damaged]
        if segments:
            self._note_use(folder)
        return stored, [digest for digest, number in zip(digests, numbers, strict=True) if number < 0]

    def save(self, key: StoreKey, digests: Sequence[str], values: Sequence[Tensor]) -> None:
        """Add one segment: `values[i]` belongs to `digests[i]`.

        Raises `ResourceError` when the disk is full even after other entries were deleted.
        """
        folder = self._root / key.digest()
        if not (folder / _ENTRY_NAME).is_file():
            self._write(folder / _ENTRY_NAME, key.to_json().encode())
        # A ragged example is its rows; any other is one row.
        joined = torch.cat(list(values)) if key.ragged else torch.stack(list(values))
        lengths = [len(value) if key.ragged else 1 for value in values]
        encoded = encode(joined, key.precision, scaled_dims=1 if key.ragged or joined.ndim < 3 else 2)
        self._write(folder / _segment_name(digests), segment_bytes(digests, lengths, encoded))

    def compact(self, key: StoreKey) -> None:
        """Merge the small segments of an entry, which many short runs or a cautious long one leave behind."""
        folder = self._root / key.digest()
        small = [segment for segment in self._open_segments(folder) if _facts(segment.path).size < _SMALL_BYTES]
        kinds = {(segment.values.dtype.str, segment.is_bf16, segment.scale is None) for segment in small}
        if len(small) < 2 or len(kinds) > 1:
            return
        if not all(segment.verify(range(len(segment))) for segment in small):
            return  # The next load finds the damage, and knows which examples it needs.
        seen: set[str] = set()
        digests: list[str] = []
        rows: list[tuple[Tensor, Tensor | None]] = []
        for segment in small:
            for example in range(len(segment)):
                digest = segment.names[example].tobytes().hex()
                if digest not in seen:
                    seen.add(digest)
                    digests.append(digest)
                    rows.append(segment.read(example))
        merged = _join(rows, error=max(segment.error for segment in small))
        content = segment_bytes(digests, [len(values) for values, _ in rows], merged)
        self._write(folder / _segment_name(digests), content)
        for segment in small:
            segment.path.unlink(missing_ok=True)

    def list_entries(self) -> tuple[EntryInfo, ...]:
        """Every complete entry, most recently used first."""
        found = []
        for folder in self._folders():
            with suppress(FileNotFoundError):  # Pruned by another process since it was listed.
                found.append(self._describe(folder))
        return tuple(sorted(found, key=lambda info: info.seconds_since_use))

    def verify(self) -> list[Path]:
        """Read every byte; remove segments that have changed and what dead writers left; returns what was removed."""
        removed = []
        for folder in self._folders():
            for file in _segment_files(folder):
                try:
                    segment = Segment.open(file)
                    is_whole = segment.verify(range(len(segment)))
                except DamagedSegmentError:
                    is_whole = False
                except FileNotFoundError:
                    continue  # Merged or pruned by another process since it was listed.
                if not is_whole:
                    file.unlink(missing_ok=True)
                    removed.append(file)
            for file in folder.glob(".*.partial"):
                if time.time() - _facts(file).changed > _STALE_SECONDS:
                    file.unlink(missing_ok=True)
                    removed.append(file)
        return removed

    def prune(self, *, max_bytes: int, keep: frozenset[str] = frozenset()) -> int:
        """Delete least recently used entries until at most `max_bytes` remain; returns the bytes freed.

        Entries whose name is in `keep` count but stay.
        """
        sizes = {folder.name: _size_of(folder) for folder in self._by_last_use()}
        total, freed = sum(sizes.values()), 0
        for name, size in reversed(sizes.items()):
            if total - freed <= max_bytes:
                break
            if name not in keep:
                _remove(self._root / name)
                freed += size
        return freed

    def max_bytes(self) -> int:
        """Largest size of all entries together."""
        if self._max_bytes is not None:
            return self._max_bytes
        there = next(folder for folder in (self._root, *self._root.parents) if folder.is_dir())
        return min(_MOST_BYTES, int(_SHARE_OF_DISK * disk_usage(there).total))

    def _write(self, path: Path, content: bytes) -> None:
        """A file of an entry, others giving up their place where it is needed."""
        self._used.add(path.parent.name)
        self.prune(max_bytes=max(0, self.max_bytes() - len(content)), keep=frozenset(self._used))
        try:
            write_file(path, content)
        except ResourceError:
            # What other runs keep is worth less than this one's work.
            if not self.prune(max_bytes=0, keep=frozenset(self._used)):
                raise
            write_file(path, content)
        self._note_use(path.parent)

    def _note_use(self, folder: Path) -> None:
        self._used.add(folder.name)
        try:
            os.utime(folder)
            if self._run is not None:
                known = _read_runs(folder).outputs
                if self._run not in known:
                    write_file(folder / _RUNS_NAME, Runs(outputs=(*known, self._run)[-_MOST_RUNS:]).to_json())
        except FileNotFoundError:
            return  # Another process pruned the entry; what is mapped of it stays readable.

    def _open_segments(self, folder: Path) -> list[Segment]:
        """Segments whose index is whole; others are removed."""
        segments = []
        for file in _segment_files(folder):
            try:
                segments.append(Segment.open(file))
            except DamagedSegmentError:
                file.unlink(missing_ok=True)
            except FileNotFoundError:
                continue  # Merged or pruned by another process since it was listed.
        return segments

    def _folders(self) -> Iterator[Path]:
        if self._root.is_dir():
            yield from (folder for folder in sorted(self._root.iterdir()) if (folder / _ENTRY_NAME).is_file())

    def _by_last_use(self) -> list[Path]:
        """Folders of entries, the last used first."""
        return sorted(self._folders(), key=lambda folder: _facts(folder).changed, reverse=True)

    def _describe(self, folder: Path) -> EntryInfo:
        segments = self._open_segments(folder)
        return EntryInfo(
            name=folder.name,
            key=StoreKey.from_json((folder / _ENTRY_NAME).read_bytes()),
            num_segments=len(segments),
            num_examples=sum(len(segment) for segment in segments),
            num_bytes=_size_of(folder),
            error=max((segment.error for segment in segments), default=0.0),
            seconds_since_use=max(0.0, time.time() - _facts(folder).changed),
            runs=_read_runs(folder).outputs,
        )


def _segment_name(digests: Sequence[str]) -> str:
    return f"{digest_json(sorted(digests))[:32]}.safetensors"


def _segment_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.safetensors") if not file.name.startswith("."))


class _Facts(NamedTuple):
    """Bytes and time of change of a file; nothing, and now, where another process removed it since it was listed."""

    size: int
    changed: float


def _facts(path: Path) -> _Facts:
    try:
        found = path.stat()
    except FileNotFoundError:
        return _Facts(0, time.time())
    return _Facts(found.st_size, found.st_mtime)


def _size_of(folder: Path) -> int:
    return sum(_facts(file).size for file in _segment_files(folder))


def _read_runs(folder: Path) -> Runs:
    file = folder / _RUNS_NAME
    try:
        return Runs.from_json(file.read_bytes())
    except FileNotFoundError:
        return Runs()


def _join(rows: Sequence[tuple[Tensor, Tensor | None]], *, error: float) -> Encoded:
    scales = [scale for _, scale in rows if scale is not None]
    return Encoded(
        values=torch.cat([values for values, _ in rows]),
        scale=torch.cat(scales) if scales else None,
        error=error,
    )


def _remove(folder: Path) -> None:
    # The entry's description goes first: a folder without it is no entry, so a crash half-way leaves no half entry.
    (folder / _ENTRY_NAME).unlink(missing_ok=True)
    # Another process may remove it too, or write to it at this moment: then what it writes stays.
    with suppress(FileNotFoundError):
        for file in folder.iterdir():
            file.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
