"""Data that were read, split and surveyed, as every verb starts."""

from dataclasses import dataclass
from typing import Any, final

from injerto.core.errors import UsageError
from injerto.core.progress import Reporter
from injerto.core.record import Record
from injerto.core.survey import Survey
from injerto.data.labelled import LabelledData, Splits
from injerto.data.reading import read_data
from injerto.data.splitting import make_splits
from injerto.data.surveying import make_survey
from injerto.tasks.task import AbstractTask, tasks


class DataOptions(Record):
    """How data are read; every field has the meaning of the argument of `read_data` of its name."""

    task: str | None = None
    text_column: str | None = None
    label_column: str | None = None
    image_column: str | None = None
    group_column: str | None = None
    label_separator: str | None = None
    attribute_columns: tuple[str, ...] = ()

    def given(self) -> dict[str, str]:
        """What the user said of how the data are read, without the task, which the model knows."""
        return self.model_dump(exclude={"task", "attribute_columns"}, exclude_none=True)


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
        return "maps" in tasks.get(self.task_name).own_heads

    def refuse_boxes(self, command: str) -> None:
        """Raise `UsageError` where a command judges labels only, and the data hold boxes."""
        if self.finds_boxes:
            raise UsageError("task-without-command", command=command, task=self.task_name)

    def task(self) -> AbstractTask:
        return tasks.get(self.task_name)(many_labels=self.data.multi_label)


def read_ready(data: Any, options: DataOptions, seed: int, reporter: Reporter, *, with_test: bool = False) -> Ready:
    read = read_data(data, reporter=reporter, **options.model_dump())
    splits = make_splits(read, seed=seed)
    task_name = options.task or ("object-detection" if read.has_boxes else f"{read.modality}-classification")
    if tasks.get(task_name).modality is not read.modality:
        raise UsageError("task-modality", task=task_name, modality=read.modality, source=read.source)
    if "maps" in tasks.get(task_name).own_heads and not read.has_boxes:
        raise UsageError("no-boxes", source=read.source)
    survey = make_survey(read, splits, task=task_name, with_test=with_test)
    return Ready(task_name=task_name, data=read, splits=splits, survey=survey)
