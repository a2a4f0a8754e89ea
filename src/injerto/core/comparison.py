"""The textbook's table of feature extraction and fine-tuning, filled with what was measured on the user's data."""

from typing import Literal

from pydantic import Field

from injerto.core.evidence import Interval
from injerto.core.record import Record


class ComparedStrategy(Record):
    """One column of the table. What was not run has `skipped`, and no measured value."""

    strategy: str
    route: Literal["feature-extraction", "fine-tuning", "from-scratch"]
    skipped: str | None = Field(None, description="why it was not run")
    reads: str = Field("", description="layers whose features the head reads")
    num_groups_trained: int = Field(0, description="layer groups of the backbone in which something trains")
    num_trained: int = Field(0, description="numbers that learn, those of the head included")
    num_head: int = Field(0, description="numbers of the head among them")
    seconds: float | None = Field(None, description="of one training, the pass over the frozen layers included")
    predicted_seconds: float | None = Field(None, description="of one training, expected before it ran")
    peak_mb: float | None = Field(None, description="most memory of the process while it trained")
    accuracy: Interval | None = None
    train_accuracy: float | None = None
    gap: Interval | None = Field(
        None, description="accuracy on examples that trained it minus that on the judging ones"
    )
    gain: Interval | None = Field(None, description="over the first column, paired by example")


class Comparison(Record):
    """What `compare` measured, under one budget and on the same examples. No test example was read."""

    task: str
    backbone: str
    num_examples: int = Field(description="training and tuning examples; parts of them train, other parts judge")
    num_judging: int = Field(description="examples that judged, none of which trained the model that they judged")
    num_classes: int = Field(description="of transcripts, the letters")
    labels_per_class: int | None = Field(
        None, description="the median class's, in one training; None where answers are transcripts"
    )
    num_groups: int
    num_parameters: int = Field(description="of the backbone")
    repeats: int = Field(description="seeds; with more than one, intervals are resampled over seeds too")
    last_layer: float | None = Field(
        None, description="left-out accuracy of a closed-form head on the last layer; None of transcripts, as below"
    )
    several_layers: float | None = Field(
        None, description="the same on up to four layers; what it gains tells distant tasks"
    )
    pass_seconds: float = Field(description="one pass over the frozen layers, which all strategies share")
    budget_seconds: float | None
    seconds: float
    strategies: tuple[ComparedStrategy, ...]
    recommended: str
    because: str
    textbook: str
