"""One example's content, wherever it lives: a file, bytes in a table, an array, a text."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np
from PIL import Image

from injerto.core.hashing import digest_bytes, digest_file, digest_text
from injerto.data.image_decoding import decode_image, image_from_array


class AbstractItem(ABC):
    """The content of one example. Reading may be slow; holding an item costs almost nothing."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """SHA-256 of the content; equal content has an equal digest, whatever its name."""


class AbstractImageItem(AbstractItem):
    """An item that reads as an RGB image, upright, 8 bits a channel."""

    @abstractmethod
    def read(self) -> Image.Image:
        """Decode; raises `DataError` naming the file or row when it cannot be."""


@final
@dataclass(frozen=True)
class ImageFile(AbstractImageItem):
    """An image file on disk."""

    path: Path

    @cached_property
    def digest(self) -> str:
        return digest_file(self.path)

    def read(self) -> Image.Image:
        return decode_image(self.path, where=str(self.path)).image


@final
@dataclass(frozen=True)
class ImageBytes(AbstractImageItem):
    """An encoded image held in memory, as Parquet and Hugging Face data sets do."""

    encoded: bytes
    where: str

    @cached_property
    def digest(self) -> str:
        return digest_bytes(self.encoded)

    def read(self) -> Image.Image:
        return decode_image(self.encoded, where=self.where).image


@final
@dataclass(frozen=True, eq=False)
class ImageArray(AbstractImageItem):
    """A pixel array: height x width (grey) or height x width x 3 or 4; uint8, uint16, or float in [0, 1]."""

    pixels: np.ndarray
    where: str

    @cached_property
    def digest(self) -> str:
        pixels = np.ascontiguousarray(self.pixels)
        return digest_bytes(str((pixels.shape, pixels.dtype.str)).encode(), pixels.tobytes())

    def read(self) -> Image.Image:
        return image_from_array(self.pixels, where=self.where).image


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
