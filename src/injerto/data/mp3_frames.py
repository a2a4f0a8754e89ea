"""How many frames an MP3 really has: its first one may announce another number, which a decoder would believe."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, final

_LAYER_III: Final = 1
_RATES: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""Hz by the two bits of the version (MPEG 1, 2, 2.5) and the two of the rate; ISO/IEC 11172-3, 13818-3."""
_KBITS_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_ID3_BYTES: Final = 10
_HAS_COUNT: Final = 1
_TOLERATED: Final = 1
"""Frames: whether the first one counts itself is up to the encoder."""


@final
@dataclass(frozen=True, slots=True)
class FrameCount:
    """The true number of frames, and where the wrong one stands."""

    position: int
    frames: int

    def corrected(self, content: bytes) -> bytes:
        """The same file with the true number."""
        return content[: self.position] + self.frames.to_bytes(4, "big") + content[self.position + 4 :]


def find_wrong_count(source: Path | bytes) -> FrameCount | None:
    """What the first frame (Xing or Info) should say; None where it is right, or says nothing.

    Raises `OSError` where the file cannot be read.
    """
    if isinstance(source, bytes):
        return _find(source)
    known = source.stat()
    return _find_in_file(source, known.st_mtime_ns, known.st_size)


@lru_cache(maxsize=256)  # A long file is read in many parts.
def _find_in_file(path: Path, modified: int, size: int) -> FrameCount | None:
    return _find(path.read_bytes())


def _find(content: bytes) -> FrameCount | None:
    frames = _walk(content)
    start, end = next(frames, (0, 0))
    mark = max(content.find(tag, start, end) for tag in (b"Xing", b"Info"))
    if mark < 0 or mark + 12 > end or not content[mark + 7] & _HAS_COUNT:
        return None
    announced = int.from_bytes(content[mark + 8 : mark + 12], "big")
    number = sum(1 for _ in frames)
    return None if abs(announced - number) <= _TOLERATED else FrameCount(mark + 8, number)


def _walk(content: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of each whole frame of layer III, until something else comes."""
    start = 0
    if content[:3] == b"ID3" and len(content) > _ID3_BYTES:
        # Four times seven bits.
        start = _ID3_BYTES + sum(byte << shift for byte, shift in zip(content[6:10], (21, 14, 7, 0), strict=True))
    while (size := _frame_bytes(content[start : start + 4])) and start + size <= len(content):
        yield start, start + size
        start += size


def _frame_bytes(header: bytes) -> int:
    """Length of the frame that begins so; 0 for anything else."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    kbits, rate = header[2] >> 4, header[2] >> 2 & 3
    if version not in _RATES or layer != _LAYER_III or kbits in (0, 15) or rate == 3:
        return 0
    factor, table = (144, _KBITS_1) if version == 3 else (72, _KBITS_2)
    return factor * table[kbits] * 1000 // _RATES[version][rate] + (header[2] >> 1 & 1)
