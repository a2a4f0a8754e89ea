"""What stands beside an exported graph: how its input is made, what its outputs mean, and how equal it was found."""

from typing import Final

from pydantic import Field

from injerto.core.provenance import ImageContract
from injerto.core.record import Record

EXPORT_PROTOCOL: Final = 1
EXPORT_NAME: Final = "injerto-export.json"


class Equality(Record):
    """The exported graph beside the model on real inputs; nothing is written where it differs by more."""

    num_inputs: int
    num_compared: int = Field(description="probabilities, or boxes, that were compared")
    largest_difference: float = Field(description="of a probability or score")
    tolerated_difference: float
    largest_shift: float | None = Field(None, description="of a box's corner, in pixels of its picture")
    tolerated_shift: float | None = None


class ExportRecord(Record):
    """Everything but the graph that a program needs to use it."""

    protocol: int = Field(EXPORT_PROTOCOL, ge=1)
    format: str
    file: str = Field(pattern=r"^[A-Za-z0-9_.-]+$", description="the graph, in this folder")
    task: str
    labels: tuple[str, ...] = Field(min_length=1, description="in the order of the graph's classes")
    multi_label: bool
    contract: ImageContract = Field(
        description="how a picture is resized and cropped; mean, deviation and channel order are in the graph"
    )
    threshold: float | None = Field(None, ge=0, le=1, description="score from which on a box counts, of a detector")
    suppress_above: float | None = Field(
        None, description="overlap from which on the less sure of two boxes of one class goes; null keeps both"
    )
    equality: Equality
    versions: dict[str, str]
