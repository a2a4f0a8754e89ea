"""What `fit` and `evaluate` say when they are done: the JSON that scripts rely on."""

from pydantic import Field

from injerto.core.detection import DetectionMeasure, LabelEfficiency
from injerto.core.evidence import Evidence, Fallback, Interval
from injerto.core.licence import LicenceOfResult
from injerto.core.record import Record
from injerto.core.spent import Spent

SCHEMA_VERSION = 1


class RuntimeChoice(Record):
    """How frozen layers were run over the examples whose values were not stored yet, and why so."""

    point: str = Field(description="`output`, or the module at the cut")
    runtime: str
    title: str
    lanes: int = Field(description="batches at a time, one thread each; 1 is one batch on all threads")
    num_items: int
    difference: float = Field(
        description="largest difference from PyTorch's values on the user's own examples, relative"
    )
    reason: str
    items_per_second: dict[str, float] = Field(default_factory=dict, description="what was measured on this machine")
    failed: dict[str, str] = Field(default_factory=dict, description="runtimes that cannot run this network, and why")


class TestReading(Record):
    """One look at the answers of a test split: each choice made after it makes later figures more optimistic."""

    __test__ = False  # pytest would take the class for a test.

    examples: str = Field(description="SHA-256 of the contents of the test examples")
    num_examples: int
    what: str
    where: str | None = Field(None, description="folder of the model that was judged; its name only in an outcome")
    when: str = Field(description="UTC, ISO 8601")


class FitOutcome(Record):
    """The result of one `fit`."""

    schema_version: int = SCHEMA_VERSION
    task: str
    backbone: str
    strategy: str
    seed: int
    labels: tuple[str, ...]
    num_train: int
    num_tune: int
    num_test: int
    metrics: dict[str, float] = Field(description="of the model on the test split")
    head_facts: dict[str, float | int | str] = Field(
        default_factory=dict, description="how a solved head was chosen: solver, penalty, losses on left-out examples"
    )
    runtimes: tuple[RuntimeChoice, ...] = Field((), description="how frozen layers were run, in the order of the jobs")
    temperature: float
    detection: DetectionMeasure | None = Field(None, description="of a detector, on the test split")
    label_efficiency: tuple[LabelEfficiency, ...] = Field((), description="of a detector, where it was asked for")
    evidence: Evidence
    fallback: Fallback | None = Field(None, description="where the model is not the one that the plan asked for")
    earlier_readings: tuple[TestReading, ...] = Field(
        (), description="of these very test examples on this machine, before this one; oldest first"
    )
    readings_sentence: str | None = None
    notes: tuple[str, ...] = ()
    spent: Spent | None = Field(None, description="operations and energy; null of an earlier version")
    licence: LicenceOfResult | None = Field(None, description="what binds the model; null of an earlier version")
    seconds: float
    artifact: str | None = None


class DetectionEvaluation(Record):
    """The result of one `evaluate` of a detector."""

    schema_version: int = SCHEMA_VERSION
    model: str
    data: str
    num_skipped: int
    detection: DetectionMeasure
    earlier_readings: tuple[TestReading, ...] = ()
    readings_sentence: str | None = None


class Evaluation(Record):
    """The result of one `evaluate`: a trained model on labelled data it is given."""

    schema_version: int = SCHEMA_VERSION
    model: str
    data: str
    num_examples: int
    num_skipped: int
    accuracy: Interval
    error_rates: dict[str, Interval] = Field(
        default_factory=dict, description="of transcripts: word and character error rate"
    )
    accuracy_if_skipped_wrong: float = Field(description="lower bound: every unreadable item counted as wrong")
    accuracy_if_skipped_right: float = Field(description="upper bound: every unreadable item counted as right")
    metrics: dict[str, float]
    majority_accuracy: float
    earlier_readings: tuple[TestReading, ...] = Field(
        (), description="of these very examples on this machine, before this one; oldest first"
    )
    readings_sentence: str | None = None
