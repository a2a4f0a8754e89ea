"""How the error falls with the number of labels: what was measured, and what more labels are predicted to give."""

from enum import StrEnum

from pydantic import Field

from injerto.core.record import Record


class MoreLabels(StrEnum):
    """Whether twice the labels would lower the error; the interval of the difference decides."""

    WOULD_HELP = "would-help"
    UNCLEAR = "unclear"
    WOULD_NOT_HELP = "would-not-help"
    UNKNOWN = "unknown"
    """There are too few examples to say."""


class CurvePoint(Record):
    """The error of heads on subsets of one size, on examples that they have not seen."""

    num_examples: float = Field(ge=0, description="mean over the subsets, which differ by groups or a remainder")
    error: float = Field(ge=0, le=1)
    low: float
    high: float
    num_subsets: int


class CurvePrediction(Record):
    """The error that a head would have with `factor` times the training examples; 1 stands for those there are."""

    factor: float = Field(gt=0)
    num_examples: int
    error: float = Field(ge=0, le=1)
    low: float
    high: float
    gain: float = Field(description="by how much this is lower than the error with the examples that there are")
    gain_low: float
    gain_high: float


class LearningCurve(Record):
    """The measured curve and its continuation. Errors are shares, one minus accuracy."""

    points: tuple[CurvePoint, ...]
    now: CurvePrediction | None = Field(description="with the training examples there are; null without a curve")
    predictions: tuple[CurvePrediction, ...]
    confidence: float = Field(description="of all intervals")
    num_judged: int = Field(description="examples on which the errors were counted")
    more_labels: MoreLabels
    sentence: str
