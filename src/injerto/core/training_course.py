"""How a model was trained: what was frozen in each phase, and its epochs."""

from pydantic import Field

from injerto.core.plan import FreezePlan
from injerto.core.record import Record


class EpochRecord(Record):
    """One pass over the training split."""

    phase: str
    epoch: int
    train_loss: float
    tune_loss: float
    tune_accuracy: float
    metric: str = Field("accuracy", description="what is called accuracy here: for detection it is AP50")
    seconds: float
    tokens_per_second: float | None = Field(None, description="of texts to write: tokens learnt from, without padding")


class TrainingCourse(Record):
    """What `training.json` of an artifact holds."""

    freeze_plans: tuple[FreezePlan, ...] = Field(description="one a phase; a resumed run has those after the resume")
    epochs: tuple[EpochRecord, ...] = Field(description="empty where every phase was solved without passes")
