"""Data that were read, split and surveyed, as every verb starts."""

from dataclasses import dataclass
from typing import Any, final

from injerto.core.errors import UsageError
from injerto.core.progress import Reporter
from injerto.core.record import Record
from injerto.core.sequences import SequenceOptions
from injerto.core.survey import Modality, Survey
from injerto.data.labelled import LabelledData, Splits
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.data.surveying import make_survey
from injerto.tasks.task import AbstractTask, label_task, tasks


class DataOptions(Record):
    """How data are read; every field has the meaning of the argument of `read_data` of its name."""

    task: str | None = None
    text_column: str | None = None
    label_column: str | None = None
    image_column: str | None = None
    audio_column: str | None = None
    group_column: str | None = None
    label_separator: str | None = None
    attribute_columns: tuple[str, ...] = ()

    def given(self) -> dict[str, str]:
        """What the user said of how the data are read, without the task, which the model knows."""
        return self.model_dump(exclude={"task", "attribute_columns"}, exclude_none=True)

    def with_text_column(self, texts: SequenceOptions | None) -> SequenceOptions:
        """Options of a task whose answer is a text, with the column that is named here."""
        texts = texts or SequenceOptions()
        columns = {name: getattr(self, name) for name in ("text_column", "audio_column", "group_column")}
        return texts.model_copy(update={name: column for name, column in columns.items() if column is not None})

    def idle_for_texts(self) -> dict[str, object]:
        """What has no meaning for a task whose answer is a text, by its option."""
        names = ["label_column", "image_column", "label_separator", "attribute_columns"]
        if self.task is None or tasks.get(self.task).modality is not Modality.AUDIO:
            names += ["audio_column", "group_column"]
        return {f"--{name.replace('_', '-')}": value for name, value in self if name in names}


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    """Data that were read, split and surveyed."""

    task_name: str
    data: LabelledData
    splits: Splits
    survey: Survey

    @property
    def finds_boxes(self) -> bool:
        """Whether the task is to find boxes."""
        return "maps" in label_task(self.task_name).own_heads

    def task(self) -> AbstractTask:
        return label_task(self.task_name)(many_labels=self.data.multi_label, labels=self.data.labels)


def read_ready(data: Any, options: DataOptions, seed: int, reporter: Reporter, *, with_test: bool = False) -> Ready:
    if options.task is not None:
        label_task(options.task)  # Before the data are read: a misspelt name is said at once.
    read = read_data(data, reporter=reporter, **options.model_dump())
    splits = make_splits(read, seed=seed)
    task_name = options.task or _guess_task(read)
    if label_task(task_name).modality is not read.modality:
        raise UsageError("task-modality", task=task_name, modality=read.modality, source=read.source)
    if "maps" in label_task(task_name).own_heads and not read.has_boxes:
        raise UsageError("no-boxes", source=read.source)
    survey = make_survey(read, splits, task=task_name, with_test=with_test)
    return Ready(task_name=task_name, data=read, splits=splits, survey=survey)


def _guess_task(data: LabelledData) -> str:
    """The task that labels of this kind ask for."""
    if data.has_boxes:
        return "object-detection"
    return "speech-recognition" if data.transcribed else f"{data.modality}-classification"
