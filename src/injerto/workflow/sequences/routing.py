"""Which tasks answer with a text, and what has no meaning for them; imports no transformers."""

from injerto.core.errors import UsageError
from injerto.tasks.sequence import AbstractSequenceTask
from injerto.tasks.task import tasks


def sequence_task(name: str | None) -> type[AbstractSequenceTask] | None:
    """The task of that name if its answer is a text; None for another task, or none named."""
    if name is None:
        return None
    task = tasks.get(name)
    return task if issubclass(task, AbstractSequenceTask) else None


def refuse_idle(task_name: str, given: dict[str, object]) -> None:
    """Raise `UsageError` for an option that has no meaning here and was given all the same."""
    for option, value in given.items():
        if value not in (None, (), [], False, ""):
            raise UsageError("task-no-option", option=option, task=task_name)
