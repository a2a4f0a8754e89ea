"""What a detector says of a picture, and what was measured of detectors."""

from pydantic import Field

from injerto.core.evidence import Interval
from injerto.core.record import Record


class DetectedBox(Record):
    """One object that was found, in pixels of the upright picture."""

    label: str
    score: float = Field(ge=0, le=1)
    left: float
    top: float
    right: float
    bottom: float


class ClassPrecision(Record):
    """How well one class is found."""

    label: str
    num_objects: int
    precision: float | None = Field(None, description="AP over the overlaps .50 to .95; null without an object")
    precision_50: float | None = None
    interval: tuple[float, float] | None = Field(None, description="95 % of `precision`, pictures resampled")


class ThresholdPoint(Record):
    """What another threshold would give."""

    score: float
    precision: float | None = Field(description="share of the boxes that are right; null where there is none")
    recall: float = Field(description="share of the objects that are found")


class SizePrecision(Record):
    """How well objects of one size are found, by the limits of COCO: 32 and 96 pixels of a side."""

    size: str
    num_objects: int
    precision: float | None = None


class DetectionErrors(Record):
    """What went wrong above the threshold, each object and each box counted once.

    After Bolya et al. 2020 (TIDE, arXiv 2008.08115), with an overlap of one half for right and one tenth for near.
    """

    right: int = Field(description="boxes on an object of their class")
    missed: int = Field(description="objects that no box names, neither well nor badly")
    wrong_class: int = Field(description="boxes on an object of another class")
    badly_placed: int = Field(description="boxes of the right class that overlap an object by less than one half")
    doubled: int = Field(description="further boxes on an object that one has found")
    background: int = Field(description="boxes where nothing is")
    confusion: dict[str, dict[str, int]] = Field(
        description="for each class of an object how often it was taken for each class; `-` is none"
    )


class LabelEfficiency(Record):
    """What a part of the training pictures would have given."""

    share: float
    num_images: int
    mean_precision: Interval


class DetectionMeasure(Record):
    """A detector on pictures with known boxes, by the rules of COCO: at most 100 boxes a picture."""

    num_images: int
    num_objects: int
    mean_precision: Interval = Field(description="mAP: mean over classes and the overlaps .50, .55 to .95")
    precision_50: Interval = Field(description="AP50: at an overlap of one half")
    precision_75: float
    classes: tuple[ClassPrecision, ...]
    sizes: tuple[SizePrecision, ...]
    threshold: float = Field(description="score from which on boxes count, chosen on the tune split")
    errors: DetectionErrors
    thresholds: tuple[ThresholdPoint, ...] = Field((), description="on the same pictures, at an overlap of one half")
