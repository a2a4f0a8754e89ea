"""Images that several networks look at in turn: each is decoded once, and kept while the others follow."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from PIL import Image

from injerto.data.image_decoding import Decoded
from injerto.data.items import AbstractImageItem

_MOST_BYTES: Final = 96 << 20
"""Of decoded pictures in memory: some two hundred of the web, or two of a phone."""


@final
class SharedDecoding:
    """The pictures that were decoded last. Threads may share it.

    Args:
        smallest: the least that any of the networks will ask for by `at_least`.
        max_bytes: of the pictures that are kept.
    """

    def __init__(self, *, smallest: int, max_bytes: int = _MOST_BYTES) -> None:
        self._smallest = smallest
        self._max_bytes = max_bytes
        self._num_bytes = 0
        self._kept: OrderedDict[tuple[str, int], Decoded] = OrderedDict()
        self._lock = threading.Lock()

    def share(self, items: Sequence[AbstractImageItem]) -> list["SharedImage"]:
        """The same images, decoded through here."""
        return [SharedImage(item, self) for item in items]

    def decode(self, item: AbstractImageItem, at_least: int) -> Decoded:
        """What `item.decode` gives, to the last pixel.

        A picture that stays whole for the smallest request stays whole for every other, so one decoding serves all.
        Where it is shrunk, each size is a picture of its own.
        """
        first = self._find(item, self._smallest)
        if first.shrunk == 1 or at_least == self._smallest:
            return first
        return self._find(item, at_least)

    def _find(self, item: AbstractImageItem, at_least: int) -> Decoded:
        key = item.digest, at_least
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return kept
        # Outside the lock: two threads may decode the same picture, which costs time and changes nothing.
        decoded = item.decode(at_least=at_least)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = decoded
                self._num_bytes += _num_bytes(decoded.image)
            while self._num_bytes > self._max_bytes and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._num_bytes -= _num_bytes(oldest.image)
        return decoded


@final
@dataclass(frozen=True, eq=False)
class SharedImage(AbstractImageItem):
    """An image that is decoded through a `SharedDecoding`."""

    item: AbstractImageItem
    decoding: SharedDecoding

    @property
    def digest(self) -> str:
        return self.item.digest

    def decode(self, *, at_least: int | None = None) -> Decoded:
        return self.item.decode() if at_least is None else self.decoding.decode(self.item, at_least)

    def read_size(self) -> tuple[int, int]:
        return self.item.read_size()


def _num_bytes(image: Image.Image) -> int:
    return 3 * image.width * image.height
