"""One immutable file of the store: the values of some examples, their names, and a checksum of each.

The file is safetensors and opens with that library. Here it is mapped into memory, so that reading an example touches
its own bytes only, however large the file. Tensors:

- `names`, uint8 (examples, 32): the SHA-256 of each example's content (and view);
- `starts`, int64 (examples + 1,): example i owns rows starts[i] to starts[i + 1] of `values`;
- `checks`, int64 (examples,): XXH3 of the bytes of its rows, of its scales too where there are any;
- `values`: its rows; `scale`, float32: of the rows, when they are int8.

The metadata carry a digest of the first three, of the kind and shape of `values`, and of the stated error, so that a
damaged index is found as a damaged value is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, final

import numpy as np
import numpy.typing as npt
import torch
import xxhash
from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import save
from torch import Tensor

from injerto.activations.store.precision import Encoded, decode
from injerto.core.hashing import digest_bytes

NAME_BYTES: Final = 32
_MAX_HEADER: Final = 1 << 20
_KINDS: Final[dict[str, str]] = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "I8": "i1", "U8": "u1", "I64": "<i8"}
_SAFETENSORS: Final = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int8: "I8"}
_Count = Annotated[int, Field(ge=0)]

Array = npt.NDArray[Any]


class DamagedSegmentError(Exception):
    """The file is not what was written; never seen outside this room."""


class _Entry(BaseModel):
    """Where one tensor lies and what it is, in the words of safetensors."""

    model_config = ConfigDict(strict=True, extra="forbid")

    dtype: Literal["F32", "F16", "BF16", "I8", "U8", "I64"]
    shape: tuple[_Count, ...]
    data_offsets: tuple[_Count, _Count]


class _Metadata(BaseModel):
    model_config = ConfigDict(extra="forbid")

    index: str
    error: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Header(BaseModel):
    """The whole header; one that says more or less is not ours."""

    model_config = ConfigDict(extra="forbid")

    metadata: _Metadata = Field(alias="__metadata__")
    names: _Entry
    starts: _Entry
    checks: _Entry
    values: _Entry
    scale: _Entry | None = None


@final
@dataclass(frozen=True, slots=True)
class Segment:
    """A mapped file. Rows are views into it until they are decoded."""

    path: Path
    names: Array
    starts: Array
    checks: Array
    values: Array
    scale: Array | None
    is_bf16: bool
    error: float
    _verified: Array = field(repr=False)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map a file and check its index; values are checked by `verify`.

        Raises:
            DamagedSegmentError: it is no such file, is cut off, or its index has changed.
            FileNotFoundError: another process removed it.
        """
        try:
            header, first = _read_header(path)
            entries = (header.names, header.starts, header.checks, header.values)
            names, starts, checks, values = (_map(path, entry, first) for entry in entries)
            scale = None if header.scale is None else _map(path, header.scale, first)
            kind = _describe(header.values.dtype, header.values.shape, header.metadata.error)
            is_whole = (
                checks.ndim == 1
                and names.shape == (len(checks), NAME_BYTES)
                and starts.shape == (len(checks) + 1,)
                and header.metadata.index == _digest_index(names, starts, checks, kind)
                and starts[0] == 0
                and starts[-1] == len(values)
                and bool((np.diff(starts) >= 0).all())
                and (scale is None or scale.shape == values.shape[: scale.ndim])
            )
        except FileNotFoundError:
            raise
        except (OSError, ValueError) as error:
            raise DamagedSegmentError(path) from error
        if not is_whole:
            raise DamagedSegmentError(path)
        verified = np.zeros(len(checks), bool)
        is_bf16 = header.values.dtype == "BF16"
        return cls(path, names, starts, checks, values, scale, is_bf16, header.metadata.error, verified)

    def __len__(self) -> int:
        return len(self.checks)

    def verify(self, examples: Sequence[int] | Array) -> bool:
        """Whether the rows of these examples are what was written; each is read at most once for it."""
        for example in examples:
            if not self._verified[example]:
                if _check_rows(self.values, self.scale, self._rows(int(example))) != int(self.checks[example]):
                    return False
                self._verified[example] = True
        return True

    def read(self, example: int) -> tuple[Tensor, Tensor | None]:
        """Stored values and scales of one example, without a copy; the first dimension is its rows."""
        rows = self._rows(example)
        return self._tensor(self.values[rows]), None if self.scale is None else torch.from_numpy(self.scale[rows])

    def read_into(self, out: Tensor, example: int) -> None:
        """The values of one example of one row, as float32."""
        row = int(self.starts[example])
        if self.scale is not None:
            out.copy_(decode(self._tensor(self.values[row : row + 1]), torch.from_numpy(self.scale[row : row + 1]))[0])
        elif self.values.dtype == np.float32:
            np.copyto(out.numpy(), self.values[row])
        else:
            out.copy_(self._tensor(self.values[row]))

    def gather(self, examples: Array) -> tuple[Tensor, Tensor | None]:
        """Stored values and scales of many examples of one row each, copied in one go."""
        rows = self.starts[examples]
        return self._tensor(self.values[rows]), None if self.scale is None else torch.from_numpy(self.scale[rows])

    def _rows(self, example: int) -> slice:
        return slice(int(self.starts[example]), int(self.starts[example + 1]))

    def _tensor(self, rows: Array) -> Tensor:
        tensor = torch.from_numpy(rows)
        return tensor.view(torch.bfloat16) if self.is_bf16 else tensor


def segment_bytes(names: Sequence[str], lengths: Sequence[int], encoded: Encoded) -> bytes:
    """The content of a file: `names` are hex SHA-256, `lengths` the rows of each example in `encoded`."""
    name_array = np.frombuffer(bytes.fromhex("".join(names)), np.uint8).reshape(-1, NAME_BYTES)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype("<i8")
    values = _as_numpy(encoded.values)
    scale = None if encoded.scale is None else encoded.scale.numpy()
    checks = np.array([_check_rows(values, scale, slice(int(a), int(b))) for a, b in pairwise(starts)], "<i8")
    tensors = {
        "names": torch.from_numpy(name_array.copy()),
        "starts": torch.from_numpy(starts),
        "checks": torch.from_numpy(checks),
        "values": encoded.values.contiguous(),
    }
    if encoded.scale is not None:
        tensors["scale"] = encoded.scale.contiguous()
    kind = _describe(_SAFETENSORS[encoded.values.dtype], tuple(encoded.values.shape), encoded.error)
    return save(tensors, {"index": _digest_index(name_array, starts, checks, kind), "error": repr(encoded.error)})


def _as_numpy(values: Tensor) -> Array:
    """The same bytes as numpy knows them, which has no bfloat16."""
    values = values.contiguous()
    return (values.view(torch.uint16) if values.dtype == torch.bfloat16 else values).numpy()


def _check_rows(values: Array, scale: Array | None, rows: slice) -> int:
    state = xxhash.xxh3_64(np.ascontiguousarray(values[rows]).reshape(-1).view(np.uint8).data)
    if scale is not None:
        state.update(np.ascontiguousarray(scale[rows]).reshape(-1).view(np.uint8).data)
    return state.intdigest() - (1 << 63)  # Into the range of int64.


def _describe(dtype: str, shape: tuple[int, ...], error: float) -> bytes:
    return f"{dtype} {shape} {error!r}".encode()


def _digest_index(names: Array, starts: Array, checks: Array, kind: bytes) -> str:
    return digest_bytes(kind, *(np.ascontiguousarray(part).tobytes() for part in (names, starts, checks)))


def _read_header(path: Path) -> tuple[_Header, int]:
    """The safetensors header and where the data begin; the format is eight bytes of length, then JSON."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 0 < length <= min(_MAX_HEADER, size):
            raise ValueError("no safetensors header")
        header = _Header.model_validate_json(stream.read(length))
    first = 8 + length
    entries = (header.names, header.starts, header.checks, header.values, header.scale)
    if first + max(entry.data_offsets[1] for entry in entries if entry is not None) != size:
        raise ValueError("cut off")
    return header, first


def _map(path: Path, entry: _Entry, first: int) -> Array:
    begin, end = entry.data_offsets
    kind = np.dtype(_KINDS[entry.dtype])
    if end - begin != math.prod(entry.shape) * kind.itemsize:
        raise ValueError("shape and offsets disagree")
    if begin == end:
        return np.zeros(entry.shape, kind)
    # Copy on write: the file never changes, and torch takes the array without a warning of a read-only one. A plain
    # view of it, since a memmap's own subscripts take three times as long, and every example is checked by some.
    return np.memmap(path, dtype=kind, mode="c", offset=first + begin, shape=entry.shape).view(np.ndarray)
