"""A row of token ids that a sequence network is trained or judged on, and batches of such rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np
import numpy.typing as npt

from injerto.core.hashing import digest_bytes
from injerto.data.items import AbstractItem
from injerto.data.recordings import AbstractRecording

Ids = npt.NDArray[np.int32]

_SCORES_AT_ONCE: Final = 1 << 25
"""Scores held at once where nothing is trained: 128 MiB of them."""
_MOST_ROWS: Final = 64


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class TokenRow(AbstractItem):
    """Token ids of one example, or of a block packed of several."""

    ids: Ids
    """Of the whole text for a causal network, of the source for one with an encoder."""
    target: Ids | None = None
    """Of the text to write; None for a causal network, whose row holds it."""
    first_scored: int = 1
    """First position of `ids` that is predicted and counted; what lies before it is given. Causal networks only."""
    given: Ids | None = None
    """What a decoder is given before the target: the language and what to do, of Whisper."""
    recording: AbstractRecording | None = None
    """What is written down, where the source is no text."""
    num_bytes: int = 0
    """UTF-8 bytes of the text whose tokens are counted."""
    example: int = -1
    """Position of the example that it belongs to, where it is not packed."""

    @cached_property
    def digest(self) -> str:
        """Of what an encoder, or the lower blocks of a decoder, read: the ids or the recording alone."""
        if self.recording is not None:
            return self.recording.digest
        return digest_bytes(b"token row", np.ascontiguousarray(self.ids).tobytes())

    @property
    def num_scored(self) -> int:
        """Tokens that the loss counts."""
        return len(self.target) if self.target is not None else max(0, len(self.ids) - self.first_scored)

    @property
    def length(self) -> int:
        """Tokens that the network reads, both sides."""
        return len(self.ids) + (0 if self.target is None else len(self.target))


def as_ids(values: list[int]) -> Ids:
    """Ids as an array that takes four bytes a token."""
    return np.asarray(values, dtype=np.int32)


def batches_by_length(rows: Sequence[TokenRow], vocabulary_size: int) -> list[list[int]]:
    """Positions of all rows, sorted by length, in batches whose scores fit into memory."""
    batches: list[list[int]] = []
    for position in sorted(range(len(rows)), key=lambda i: rows[i].length):
        size = min(_MOST_ROWS, _SCORES_AT_ONCE // (vocabulary_size * max(1, rows[position].length)))
        if not batches or len(batches[-1]) >= max(1, size):
            batches.append([])
        batches[-1].append(position)
    return batches
