"""`evaluate` for models that write texts: the model beside the untouched network, on texts they are given."""

from pathlib import Path
from typing import Any

from injerto.artifacts.sequence_inspecting import inspect_sequence_artifact
from injerto.artifacts.sequence_loading import load_sequence_artifact, load_untouched
from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.progress import Reporter, Silent
from injerto.core.sequences import SequenceEvaluation, SequenceOptions
from injerto.data.sequences.reading import read_sequences
from injerto.evidence.readings import digest_test, record_reading, say_readings
from injerto.evidence.sequences.judging import compare_answers, make_samples, signatures_of
from injerto.evidence.sequences.paired import measure_metric
from injerto.workflow.device import choose_device


def evaluate_sequences(
    path: Path,
    data: Any,
    *,
    options: SequenceOptions,
    split: str | None = None,
    device: str = "auto",
    seed: int = 0,
    reporter: Reporter | None = None,
) -> SequenceEvaluation:
    """Measure an artifact on all texts, or on the split of that name where the data give splits.

    Raises `DataError` where nothing is left to measure, and what loading raises.
    """
    reporter = reporter or Silent()
    record = inspect_sequence_artifact(path)
    chosen = choose_device(device)
    model = load_sequence_artifact(path, device=chosen)
    languages = {"source_language": record.settings.source_language, "target_language": record.settings.target_language}
    known = {name: value for name, value in languages.items() if getattr(options, name) is None}
    read, _ = read_sequences(data, options.model_copy(update=known), pairs=model.task.reads_pairs)
    if split is not None:
        read = read.subset([i for i, example in enumerate(read.examples) if example.split == split])
    if not len(read):
        raise DataError("nothing-to-evaluate", source=read.source)
    items = [example.item for example in read.examples]
    before = record_reading(
        digest_test(items), num_examples=len(items), what=say("evidence.reading-evaluate"), where=str(path)
    )
    own = model.answer(items, outputs=True, seed=seed, reporter=reporter)
    other = None
    if not model.from_scratch:
        other = load_untouched(record, device=chosen).answer(items, outputs=True, seed=seed, reporter=reporter)
    effect = record.plan.minimum_effect
    return SequenceEvaluation(
        model=str(path),
        data=read.source,
        task=record.task,
        num_examples=len(read),
        num_skipped=read.num_skipped,
        metrics={metric.name: measure_metric(metric, own, seed=seed) for metric in model.task.metrics()},
        signatures=signatures_of(model.task),
        untouched=None
        if other is None
        else compare_answers("untouched", model.task, own, other, seed=seed, minimum_effect=effect),
        samples=make_samples(own, other),
        earlier_readings=before or (),
        readings_sentence=say_readings(before, num_examples=len(items)),
    )
