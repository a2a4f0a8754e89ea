"""Tensors of a TensorFlow checkpoint (`NAME.index` and `NAME.data-00000-of-00001`), read without TensorFlow.

The index is a table of LevelDB: sorted keys in blocks, a key given by what it shares with the one before. Every value
is a small protocol buffer that says type, shape, and where the bytes lie.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import numpy as np
import torch
from torch import Tensor

from injerto.core.errors import ModelError

_MAGIC: Final = 0xDB4775248B80FB57
_FOOTER: Final = 48
_DTYPES: Final = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}
_MOST_INDEX_BYTES: Final = 64 << 20
_MOST_DIMENSIONS: Final = 8


@final
@dataclass(frozen=True, slots=True)
class _Entry:
    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int


def read_bundle(path: Path) -> dict[str, Tensor]:
    """Tensors by name, of the bundle that any of its files belongs to; others than numbers are passed over.

    Raises `ModelError` where the index is damaged or a tensor lies outside its file.
    """
    stem = path.with_suffix("") if path.suffix in (".index", ".meta") else Path(str(path).partition(".data-")[0])
    index = Path(f"{stem}.index")
    try:
        if index.stat().st_size > _MOST_INDEX_BYTES:
            raise ModelError("checkpoint-unfit", path=index, why="its index is larger than 64 MiB")
        content = index.read_bytes()
        entries = dict(_read_table(content))
        num_shards = _number(dict(_fields(entries.pop(b"", b""))), 1, default=1)
        return {
            name.decode("utf-8"): _read_tensor(stem, entry, num_shards)
            for name, value in entries.items()
            if (entry := _parse_entry(value)).dtype in _DTYPES
        }
    except OSError as error:
        raise ModelError("checkpoint-unfit", path=index, why=error.strerror or error) from error
    except (ValueError, IndexError, struct.error) as error:
        raise ModelError("checkpoint-unfit", path=index, why=f"its index is damaged: {error}") from error


def _read_tensor(stem: Path, entry: _Entry, num_shards: int) -> Tensor:
    if not 0 <= entry.shard < num_shards <= 10_000:
        raise ValueError("a shard that is not there")
    file = Path(f"{stem}.data-{entry.shard:05d}-of-{num_shards:05d}")
    dtype = np.dtype(_DTYPES[entry.dtype])
    count = 1
    for size in entry.shape:
        count *= size
    if count * dtype.itemsize != entry.size or entry.offset < 0 or entry.offset + entry.size > file.stat().st_size:
        raise ValueError("a tensor that does not fit its file")
    with file.open("rb") as stream:
        stream.seek(entry.offset)
        values = np.frombuffer(stream.read(entry.size), dtype=dtype)
    return torch.from_numpy(values.reshape(entry.shape).copy())


def _read_table(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(content) < _FOOTER or struct.unpack("<Q", content[-8:])[0] != _MAGIC:
        raise ValueError("it is no table of a checkpoint")
    footer = content[-_FOOTER:]
    place = _varint(footer, _varint(footer, 0)[1])[1]
    offset, place = _varint(footer, place)
    size, _ = _varint(footer, place)
    for _, handle in _read_block(content, offset, size):
        block, place = _varint(handle, 0)
        length, _ = _varint(handle, place)
        yield from _read_block(content, block, length)


def _read_block(content: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    block = content[offset : offset + size + 1]
    if len(block) != size + 1 or size < 4:
        raise ValueError("a block outside the file")
    if block[-1] != 0:
        raise ValueError("it is compressed, which checkpoints of TensorFlow are not")
    num_restarts = struct.unpack("<I", block[size - 4 : size])[0]
    end = size - 4 - 4 * num_restarts
    if end < 0:
        raise ValueError("a block without entries")
    place, key = 0, b""
    while place < end:
        shared, place = _varint(block, place)
        added, place = _varint(block, place)
        length, place = _varint(block, place)
        if shared > len(key) or place + added + length > end:
            raise ValueError("an entry outside its block")
        key = key[:shared] + block[place : place + added]
        yield key, block[place + added : place + added + length]
        place += added + length


def _parse_entry(value: bytes) -> _Entry:
    fields = list(_fields(value))
    known = dict(fields)
    shape = known.get(2, b"")
    if not isinstance(shape, bytes):
        raise ValueError("a shape that is none")
    sizes = []
    for field, dimension in _fields(shape):
        if field == 2 and isinstance(dimension, bytes):
            sizes.append(_number(dict(_fields(dimension)), 1))
    if len(sizes) > _MOST_DIMENSIONS:
        raise ValueError("a shape of too many dimensions")
    return _Entry(_number(known, 1), tuple(sizes), _number(known, 3), _number(known, 4), _number(known, 5))


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of every field of a protocol buffer."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        kind = tag & 7
        value: int | bytes
        if kind == 0:
            value, place = _varint(message, place)
        elif kind in (1, 5):
            width = 8 if kind == 1 else 4
            value = int.from_bytes(message[place : place + width], "little")
            place += width
        elif kind == 2:
            length, place = _varint(message, place)
            value = message[place : place + length]
            place += length
        else:
            raise ValueError("a field of unknown kind")
        if place > len(message):
            raise ValueError("a field outside its message")
        yield tag >> 3, value


def _number(fields: dict[int, int | bytes], field: int, default: int = 0) -> int:
    value = fields.get(field, default)
    if not isinstance(value, int):
        raise ValueError("a number that is none")
    return value


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, place
    raise ValueError("a number that does not end")
