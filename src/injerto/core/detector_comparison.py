"""Ways to train a detector beside each other, under one budget and judged on the same pictures."""

from typing import Literal

from pydantic import Field

from injerto.core.evidence import Interval, Verdict
from injerto.core.record import Record


class ComparedDetector(Record):
    """One strategy. What was not run has `skipped`, and no measured value."""

    strategy: str
    route: Literal["feature-extraction", "fine-tuning", "from-scratch"]
    skipped: str | None = Field(None, description="why it was not run")
    num_epochs: int = Field(0, description="that fitted into its share of the budget, of all phases")
    recipe_epochs: int = Field(description="that its recipe asks for")
    num_groups_trained: int = Field(0, description="layer groups of the backbone in which something trains")
    num_trained: int = Field(0, description="numbers that learn, those of the head included")
    seconds: float | None = Field(None, description="of the training, the pass over frozen layers included")
    peak_mb: float | None = Field(None, description="most memory of the process while it trained")
    mean_precision: Interval | None = Field(None, description="mAP on the judging pictures")
    precision_50: Interval | None = None
    gain: Interval | None = Field(None, description="in mAP over the first strategy, paired by picture")
    over_scratch: Interval | None = Field(None, description="in mAP over from-scratch, paired by picture")


class DetectorComparison(Record):
    """What `compare` measured of detectors. No test picture was read."""

    task: str
    backbone: str
    input_size: tuple[int, int]
    num_train: int = Field(description="pictures that trained; further ones chose the epoch")
    num_judging: int
    num_objects: int = Field(description="in the judging pictures")
    num_groups: int
    budget_seconds: float | None
    seconds: float
    strategies: tuple[ComparedDetector, ...]
    recommended: str
    because: str
    verdict: Verdict | None = Field(description="on the transfer, by from-scratch; null where that was not run")
    sentence: str
