"""What stands in an artifact's `injerto.json`."""

from typing import Final

from pydantic import Field

from injerto.core.plan import Plan, Pool
from injerto.core.provenance import Provenance
from injerto.core.record import Record

PROTOCOL: Final = 1
"""Version of the artifact format; a reader refuses a newer one and keeps the older ones readable."""

RECORD_NAME: Final = "injerto.json"
WEIGHTS_NAME: Final = "model.safetensors"
BACKBONE_FOLDER: Final = "backbone"
ADAPTER_FOLDER: Final = "adapter"


class ArtifactRecord(Record):
    """Everything but tensors that rebuilds a trained model."""

    protocol: int = Field(ge=1)
    task: str
    labels: tuple[str, ...] = Field(min_length=1, max_length=1_000_000)
    multi_label: bool
    head: str
    head_settings: dict[str, int | float | str | bool]
    pool: Pool
    temperature: float = Field(gt=0)
    threshold: float | None = Field(None, ge=0, le=1, description="score from which on a box counts, of a detector")
    familiar_from: float | None = Field(
        None, ge=-1, le=1, description="likeness to the training examples from which on an input is familiar"
    )
    backbone: Provenance
    backbone_included: bool = Field(description="whether the folder `backbone` holds the network")
    backbone_spec: str = Field(description="where the network is loaded from when it is not included")
    plan: Plan
    versions: dict[str, str]
