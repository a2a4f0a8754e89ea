"""A trained model on labelled data that it is given, with the bounds that unreadable items leave open."""

from dataclasses import replace

import numpy as np

from injerto.activations.store.store import ActivationStore
from injerto.artifacts.model import Model
from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.outcome import Evaluation
from injerto.core.progress import Reporter
from injerto.data.labelled import LabelledData
from injerto.evidence.answers import answer
from injerto.evidence.bootstrap import measure_accuracy, measure_rate
from injerto.evidence.readings import digest_test, record_reading, say_readings


def measure_evaluation(model: Model, data: LabelledData, *, path: str, seed: int, reporter: Reporter) -> Evaluation:
    """Accuracy with its interval, the task's metrics, and what the most frequent answer would get."""
    targets = targets_in(model, data)
    items = [example.item for example in data.examples]
    before = record_reading(
        digest_test(items), num_examples=len(items), what=say("evidence.reading-evaluate"), where=path
    )
    probabilities = answer(model, items, store=ActivationStore(arithmetic=model.arithmetic), reporter=reporter)
    correct = model.task.correct(probabilities, targets)
    num_skipped = sum(problem.action == "skipped" for problem in data.problems)
    total = len(correct) + num_skipped
    return Evaluation(
        model=path,
        data=data.source,
        num_examples=len(correct),
        num_skipped=num_skipped,
        accuracy=measure_accuracy(correct, seed=seed),
        accuracy_if_skipped_wrong=float(correct.sum() / total),
        accuracy_if_skipped_right=float((correct.sum() + num_skipped) / total),
        error_rates={
            name: measure_rate(errors, totals, seed=seed)
            for name, (errors, totals) in model.task.error_counts(probabilities, targets).items()
        },
        metrics=model.task.measure(probabilities, targets),
        majority_accuracy=_majority_accuracy(targets),
        earlier_readings=before or (),
        readings_sentence=say_readings(before, num_examples=len(items)),
    )


def targets_in(model: Model, data: LabelledData) -> np.ndarray:
    """Targets by the model's labels; raises `DataError` when the data carry labels that it never learnt."""
    if not data.examples:
        raise DataError("nothing-to-evaluate", source=data.source)
    if model.task.writes_text:
        # A character that was never learnt is an error in a transcript, not a fault of the data.
        labels = (*model.labels, *sorted(set(data.labels) - set(model.labels)))
        model.task.labels = labels
        return replace(data, labels=labels).targets()
    foreign = sorted({label for example in data.examples for label in example.labels} - set(model.labels))
    if foreign:
        raise DataError("labels-unknown", names=", ".join(foreign[:5]), known=", ".join(model.labels[:10]))
    return replace(data, labels=model.labels, multi_label=model.multi_label).targets()


def _majority_accuracy(targets: np.ndarray) -> float:
    """Accuracy of the most frequent answer: one label, or the most frequent set of labels."""
    _, counts = np.unique(targets, axis=0, return_counts=True)
    return float(counts.max() / len(targets))
