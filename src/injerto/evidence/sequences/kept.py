"""What an artifact keeps of the answers to its test texts, as quantities."""

from injerto.artifacts.sequence_inspecting import InspectedSequence
from injerto.evidence.scored import Scored
from injerto.tasks.metrics.metric import AbstractMetric
from injerto.tasks.sequence import AbstractSequenceTask
from injerto.tasks.task import tasks


def score_kept(found: InspectedSequence) -> Scored:
    """The metrics of the model and of its controls, from sums."""
    assert found.sums is not None
    task = tasks.get(found.record.task)
    assert issubclass(task, AbstractSequenceTask)
    return Scored.of_texts_kept(ordered_metrics(task()), found.sums)


def ordered_metrics(task: AbstractSequenceTask) -> list[AbstractMetric]:
    """The one that judges first."""
    return sorted(task.metrics(), key=lambda metric: metric.name != task.judged_by)
