"""What a candidate of a search may need."""

from typing import Final

from pydantic import Field

from injerto.core.record import Record

LIMIT_OPTIONS: Final = "--max-latency, --max-memory, --commercial"


class Limits(Record):
    """Backbones that need more, or are not known to be allowed, are not tried, and the plan says so."""

    latency_ms: float | None = Field(
        None, gt=0, description="of one input alone, preparing it included, measured on this machine in PyTorch"
    )
    memory_mb: float | None = Field(
        None, gt=0, description="10^6 bytes that the process is predicted to hold while a candidate trains"
    )
    commercial: bool = Field(False, description="only backbones whose licence is known to allow commercial use")
