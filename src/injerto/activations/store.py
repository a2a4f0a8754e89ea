"""The activation store: what frozen layers gave for an input, on disk, by content.

An entry is a folder named by what made the values (backbone, contract, cut or tap). It holds segments, each a
safetensors file with the values of some examples, named by the digests of the examples. A segment appears whole or
not at all, is never changed, and carries the SHA-256 of its values: one that disagrees is removed and its examples
are computed again.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from injerto.core.atomic import write_file
from injerto.core.hashing import digest_bytes, digest_json
from injerto.core.paths import injerto_home
from injerto.core.record import Record

_FORMAT: Final = 1
_FOLDER: Final = "activations"
_ENTRY_NAME: Final = "entry.json"


class StoreKey(Record):
    """Everything that the stored values depend on, beside the example itself."""

    backbone: str
    """Digest of the weights."""
    contract: str
    """Digest of the preprocessing contract."""
    point: str
    """Where the values were read: a tap's name, or the module at a cut."""
    pool: str
    ragged: bool = False
    """Whether examples differ in length, as texts before pooling do."""

    def digest(self) -> str:
        """Name of the entry's folder."""
        return digest_json([_FORMAT, self.model_dump(mode="json")])[:40]


class EntryInfo(Record):
    """What `injerto cache` says of one entry."""

    name: str
    key: StoreKey
    num_segments: int
    num_examples: int
    num_bytes: int
    seconds_since_use: float


@final
@dataclass(frozen=True, slots=True)
class Stored:
    """Values of many examples, by example digest; rows are read from memory-mapped files when asked for."""

    rows: dict[str, tuple[int, int, int]]
    """Segment, first row and number of rows of each example; -1 rows is one row without a length."""
    segments: list[Tensor]

    def __contains__(self, digest: str) -> bool:
        return digest in self.rows

    def read(self, digest: str) -> Tensor:
        """The values of one example; the first dimension is its length where examples are ragged."""
        segment, first, count = self.rows[digest]
        values = self.segments[segment]
        return values[first] if count == -1 else values[first : first + count]


@final
class ActivationStore:
    """One folder of entries. Many processes may read and write it at once: segments never change."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = (root or injerto_home()) / _FOLDER

    @property
    def folder(self) -> Path:
        """Where the entries are."""
        return self._root

    def load(self, key: StoreKey) -> Stored:
        """Everything stored under `key`; segments whose bytes have changed are removed."""
        folder = self._root / key.digest()
        rows: dict[str, tuple[int, int, int]] = {}
        segments: list[Tensor] = []
        for file in sorted(folder.glob("*.safetensors")):
            loaded = _load_segment(file)
            if loaded is None:
                file.unlink(missing_ok=True)
                continue
            for digest, first, count in loaded[0]:
                rows[digest] = (len(segments), first, count)
            segments.append(loaded[1])
        if segments:
            os.utime(folder)
        return Stored(rows, segments)

    def save(self, key: StoreKey, digests: Sequence[str], values: Sequence[Tensor]) -> None:
        """Add one segment: `values[i]` belongs to `digests[i]`.

        Values of one shape are stored stacked, ragged ones end to end.
        """
        folder = self._root / key.digest()
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / _ENTRY_NAME).is_file():
            write_file(folder / _ENTRY_NAME, key.to_json())
        stacked = torch.cat(list(values)) if key.ragged else torch.stack(list(values))
        lengths = [value.shape[0] if key.ragged else -1 for value in values]
        index = json.dumps({"digests": list(digests), "lengths": lengths})
        stacked = stacked.contiguous().cpu()
        check = digest_bytes(index.encode(), stacked.numpy().reshape(-1).view("u1").data)
        content = save({"values": stacked}, {"index": index, "sha256": check})
        write_file(folder / f"{digest_json([sorted(digests), check])[:32]}.safetensors", content)

    def list_entries(self) -> tuple[EntryInfo, ...]:
        """Every complete entry, most recently used first."""
        found = [self._describe(folder) for folder in self._folders()]
        return tuple(sorted(found, key=lambda info: info.seconds_since_use))

    def verify(self) -> list[Path]:
        """Remove segments whose bytes have changed; returns what was removed."""
        removed = []
        for folder in self._folders():
            for file in sorted(folder.glob("*.safetensors")):
                if _load_segment(file) is None:
                    file.unlink(missing_ok=True)
                    removed.append(file)
        return removed

    def prune(self, *, max_bytes: int) -> int:
        """Delete least recently used entries until at most `max_bytes` remain; returns the bytes freed."""
        freed, kept = 0, 0
        for info in self.list_entries():
            kept += info.num_bytes
            if kept > max_bytes:
                _remove(self._root / info.name)
                freed += info.num_bytes
                kept -= info.num_bytes
        return freed

    def _folders(self) -> Iterator[Path]:
        if self._root.is_dir():
            yield from (folder for folder in sorted(self._root.iterdir()) if (folder / _ENTRY_NAME).is_file())

    def _describe(self, folder: Path) -> EntryInfo:
        segments = list(folder.glob("*.safetensors"))
        return EntryInfo(
            name=folder.name,
            key=StoreKey.from_json((folder / _ENTRY_NAME).read_bytes()),
            num_segments=len(segments),
            num_examples=sum(_count_examples(file) for file in segments),
            num_bytes=sum(file.stat().st_size for file in segments),
            seconds_since_use=max(0.0, time.time() - folder.stat().st_mtime),
        )


def _load_segment(file: Path) -> tuple[list[tuple[str, int, int]], Tensor] | None:
    """Index and values of a segment; None when it is damaged."""
    try:
        with safe_open(file, framework="pt") as handle:
            metadata = handle.metadata() or {}
            values = handle.get_tensor("values")
    except (SafetensorError, OSError):
        return None
    index = metadata.get("index", "")
    bytes_of_values = values.numpy().reshape(-1).view("u1").data
    if metadata.get("sha256") != digest_bytes(index.encode(), bytes_of_values):
        return None
    parsed = json.loads(index)
    rows, first = [], 0
    for digest, length in zip(parsed["digests"], parsed["lengths"], strict=True):
        rows.append((digest, first, length))
        first += 1 if length == -1 else length
    return rows, values


def _count_examples(file: Path) -> int:
    with safe_open(file, framework="pt") as handle:
        return len(json.loads((handle.metadata() or {}).get("index", '{"digests": []}'))["digests"])


def _remove(folder: Path) -> None:
    # The entry's description goes first: a folder without it is no entry, so a crash half-way leaves no half entry.
    (folder / _ENTRY_NAME).unlink(missing_ok=True)
    for file in folder.iterdir():
        file.unlink(missing_ok=True)
    folder.rmdir()
