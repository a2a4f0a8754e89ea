"""What an entry of the store is called, and what is said of it."""

from typing import Final

from pydantic import Field

from injerto.activations.store.precision import Precision
from injerto.core.arithmetic import Arithmetic
from injerto.core.hashing import digest_json
from injerto.core.record import Record

_FORMAT: Final = 2


class StoreKey(Record):
    """Everything that the stored values depend on, beside the example itself."""

    backbone: str
    """Digest of the weights up to the point."""
    contract: str
    """Digest of the preprocessing contract."""
    point: str
    """Where the values were read: a tap's name, or the module at a cut."""
    pool: str
    precision: Precision = "fp32"
    arithmetic: Arithmetic = "close"
    """How coarsely they may have been computed."""
    ragged: bool = False
    """Whether examples differ in length, as texts before pooling do."""
    title: str = Field("", description="name of the backbone, for people; no part of the identity")

    def digest(self) -> str:
        """Name of the entry's folder."""
        return digest_json([_FORMAT, self.model_dump(mode="json", exclude={"title"})])[:40]


class Runs(Record):
    """Outputs of the runs that used an entry, the last ones last."""

    outputs: tuple[str, ...] = ()


class EntryInfo(Record):
    """What `injerto cache` says of one entry."""

    name: str
    key: StoreKey
    num_segments: int
    num_examples: int
    num_bytes: int
    error: float = Field(description="largest relative rounding error of its segments")
    seconds_since_use: float
    runs: tuple[str, ...]
