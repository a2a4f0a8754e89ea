"""One example's content, wherever it lives: a file, bytes in a table, an array, a text."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np
import numpy.typing as npt
from PIL import Image

from injerto.core.errors import DataError
from injerto.core.hashing import digest_bytes, digest_file, digest_json, digest_text
from injerto.data.image_decoding import Decoded, decode_image, image_from_array, image_from_pillow, read_image_size


class AbstractItem(ABC):
    """The content of one example. Reading may be slow; holding an item costs almost nothing."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """SHA-256 of the content; equal content has an equal digest, whatever its name."""


class AbstractImageItem(AbstractItem):
    """An item that reads as an RGB image, upright, 8 bits a channel."""

    def read(self) -> Image.Image:
        """Decode; raises `DataError` naming the file or row when it cannot be."""
        return self.decode().image

    @abstractmethod
    def decode(self, *, at_least: int | None = None) -> Decoded:
        """What `read` gives, with notes on how it came about.

        With `at_least`, a large JPEG may come smaller, its short side of at least so many pixels.
        """

    @abstractmethod
    def read_size(self) -> tuple[int, int]:
        """Width and height of what `read` gives, without decoding where a header tells them."""


@final
@dataclass(frozen=True)
class ImageFile(AbstractImageItem):
    """An image file on disk."""

    path: Path

    @cached_property
    def digest(self) -> str:
        return digest_file(self.path)

    def decode(self, *, at_least: int | None = None) -> Decoded:
        return decode_image(self.path, where=str(self.path), at_least=at_least)

    def read_size(self) -> tuple[int, int]:
        return read_image_size(self.path, where=str(self.path))


@final
@dataclass(frozen=True)
class ImageBytes(AbstractImageItem):
    """An encoded image held in memory."""

    encoded: bytes
    where: str

    @cached_property
    def digest(self) -> str:
        return digest_bytes(self.encoded)

    def decode(self, *, at_least: int | None = None) -> Decoded:
        return decode_image(self.encoded, where=self.where, at_least=at_least)

    def read_size(self) -> tuple[int, int]:
        return read_image_size(self.encoded, where=self.where)


@final
@dataclass(frozen=True, eq=False)
class ImageCell(AbstractImageItem):
    """An encoded image in a cell of a table that is fetched anew at each reading, so that memory stays flat."""

    cells: Sequence[Any]
    """Each cell is the encoded bytes, or a mapping that holds them under `bytes`."""
    row: int
    where: str

    @cached_property
    def digest(self) -> str:
        return digest_bytes(self._encoded())

    def decode(self, *, at_least: int | None = None) -> Decoded:
        return decode_image(self._encoded(), where=self.where, at_least=at_least)

    def read_size(self) -> tuple[int, int]:
        return read_image_size(self._encoded(), where=self.where)

    def _encoded(self) -> bytes:
        cell = self.cells[self.row]
        encoded = cell["bytes"] if isinstance(cell, dict) else cell
        if not isinstance(encoded, bytes | bytearray | memoryview):
            raise DataError("image-path-empty", where=self.where)
        return bytes(encoded)


@final
@dataclass(frozen=True, eq=False)
class ImageArray(AbstractImageItem):
    """A pixel array: height x width (grey) or height x width x 3 or 4; uint8, uint16, or float in [0, 1]."""

    pixels: npt.NDArray[Any]
    where: str

    @cached_property
    def digest(self) -> str:
        pixels = np.ascontiguousarray(self.pixels)
        return digest_bytes(str((pixels.shape, pixels.dtype.str)).encode(), pixels.tobytes())

    def decode(self, *, at_least: int | None = None) -> Decoded:
        return image_from_array(self.pixels, where=self.where)

    def read_size(self) -> tuple[int, int]:
        height, width = self.pixels.shape[:2]
        return width, height


@final
@dataclass(frozen=True, eq=False)
class ImageObject(AbstractImageItem):
    """A Pillow image that the user holds."""

    image: Image.Image
    where: str

    @cached_property
    def digest(self) -> str:
        pixels = self.read()
        return digest_bytes(str(pixels.size).encode(), pixels.tobytes())

    def decode(self, *, at_least: int | None = None) -> Decoded:
        return image_from_pillow(self.image, where=self.where)

    def read_size(self) -> tuple[int, int]:
        return self.read().size


@final
@dataclass(frozen=True)
class Text(AbstractItem):
    """A text."""

    text: str

    @cached_property
    def digest(self) -> str:
        return digest_text(self.text)

    def read(self) -> str:
        return self.text


def digest_in_order(items: Iterable[AbstractItem]) -> str:
    """SHA-256 of the contents of items in their order, whatever their names."""
    return digest_json([item.digest for item in items])
