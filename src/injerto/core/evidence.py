"""What was measured: metrics, controls, gains with intervals, and the verdict on the transfer."""

from enum import StrEnum

from pydantic import Field

from injerto.core.learning_curve import LearningCurve
from injerto.core.record import Record
from injerto.core.suspect_labels import SuspectLabels


class Verdict(StrEnum):
    """Whether something helped: its interval excludes zero, and the gain reaches the minimum effect of the plan."""

    HELPED = "helped"
    INCONCLUSIVE = "inconclusive"
    HURT = "hurt"


class Interval(Record):
    """A measured value with its interval."""

    value: float
    low: float
    high: float
    confidence: float = 0.95
    num_examples: int


class ControlResult(Record):
    """One control on the same test examples, and what the model gains over it."""

    name: str
    accuracy: float
    gain: float = Field(description="accuracy of the model minus accuracy of the control")
    interval: tuple[float, float] = Field(description="of the gain: paired bootstrap over test examples")
    verdict: Verdict
    judges_transfer: bool = Field(description="whether this control decides the verdict on the transfer")
    num_to_decide: int | None = Field(
        None, description="test examples, about, that would show the gain seen, or the minimum effect, in 4 of 5 runs"
    )
    num_draws: int = Field(1, description="random draws of the control; it is the one that the model beats least")
    same_as_model: bool = Field(False, description="the control is the model itself, so the gain says nothing")
    seconds: float | None = Field(None, description="what the control took")


class SkippedControl(Record):
    """A control that did not run, and why."""

    name: str
    because: str


class Cause(StrEnum):
    """Why a transfer did not help, as far as measurements tell."""

    PREPROCESSING = "preprocessing"
    LABELS = "labels"
    TUNING = "tuning"
    SOURCE = "source"
    SCRATCH = "scratch"
    SIMPLER = "simpler"


class Diagnosis(Record):
    """The likely cause of a transfer that did not help."""

    cause: Cause
    sentence: str
    remedy: str = Field(description="a command to try")


class Fallback(Record):
    """A fine-tuned model that was given up for the head on the frozen backbone, by the tune split."""

    given_up: str
    kept: str
    gain: Interval = Field(description="accuracy of what was kept minus that of what was given up, on tune")
    sentence: str


class Overfitting(Record):
    """The gap between the training and the tuning split, and what it means."""

    train_accuracy: float
    tune_accuracy: float
    gap: Interval
    overfitted: bool
    sentence: str


class Forgetting(Record):
    """The fine-tuned network with its old classifier put back, beside the untouched one, on the user's own inputs.

    It says how much of the old function is left where the user's inputs lie. It is no accuracy on the source's data,
    which are not at hand.
    """

    agreement: Interval = Field(description="share of examples that both put into the same class of the source")
    by_chance: float = Field(description="agreement to expect of two that give these classes as often, independently")
    num_classes: int = Field(description="classes of the old classifier")
    sentence: str


class Evidence(Record):
    """What `fit` measures beside the model itself, all on the same test split."""

    metric: str = Field("accuracy", description="what is called accuracy here: for detection it is mAP")
    verdict: Verdict
    sentence: str
    minimum_effect: float = Field(0.0, description="of the plan: a smaller gain counts neither as help nor as harm")
    would_decide: str | None = Field(None, description="where inconclusive: what would settle it, in one sentence")
    accuracy: Interval
    error_rates: dict[str, Interval] = Field(
        default_factory=dict, description="of transcripts: word and character error rate, examples resampled"
    )
    controls: tuple[ControlResult, ...]
    not_run: tuple[SkippedControl, ...] = ()
    diagnosis: Diagnosis | None = Field(None, description="where the transfer did not help and a measurement says why")
    overfitting: Overfitting
    forgetting: Forgetting | None = Field(
        None, description="where the network was trained and its weights came with a classifier"
    )
    suspect_labels: SuspectLabels | None = Field(
        None, description="training labels that the others contradict; null where there are too few to say"
    )
    learning_curve: LearningCurve | None = Field(
        None, description="what more labels would give a linear head; null for several labels an example"
    )
