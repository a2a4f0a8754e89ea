"""The licence of a result, worked out from those of what it was made of."""

from enum import StrEnum

from pydantic import Field

from injerto.core.record import Record


class LicenceState(StrEnum):
    """How two licences go together."""

    FINE = "fine"
    RESTRICTED = "restricted"
    """They go together, and what came out may not be used as freely as either alone."""
    CLASH = "clash"
    """Nothing that was made of both can be passed on by the words of both."""
    UNKNOWN = "unknown"


class LicenceOfResult(Record):
    """What may be done with a model; a flag to act on, not legal advice."""

    base: str | None = Field(description="of the backbone; null where it is not known")
    data: str | None = Field(description="of the training data; null where nobody said")
    result: str | None = Field(description="the strictest of both, where that can be told")
    commercial_use: bool | None
    state: LicenceState
    duties: tuple[str, ...] = Field((), description="what whoever passes the model on has to do, in sentences")
    sentence: str
