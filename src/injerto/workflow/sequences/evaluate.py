"""`evaluate` for models that write texts: the model beside the untouched network, on texts they are given."""

from pathlib import Path
from typing import Any

from injerto.artifacts.sequence_inspecting import inspect_sequence_artifact
from injerto.artifacts.sequence_loading import load_sequence_artifact, load_untouched
from injerto.core.errors import DataError, UsageError
from injerto.core.languages import language_code
from injerto.core.messages import say
from injerto.core.progress import Reporter, Silent
from injerto.core.sequences import SequenceEvaluation, SequenceOptions, SequenceRecord
from injerto.data.sequences.reading import read_sequences
from injerto.data.sequences.spoken import as_spoken, read_spoken
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
    if model.task.reads_recordings:
        read = as_spoken(read_spoken(data, options))
    else:
        read, _ = read_sequences(data, _with_languages(options, record), pairs=model.task.reads_pairs)
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
        other = load_untouched(path, record, device=chosen).answer(items, outputs=True, seed=seed, reporter=reporter)
    effect = record.plan.minimum_effect
    return SequenceEvaluation(
        model=str(path),
        data=read.source,
        task=record.task,
        num_examples=len(read),
        num_skipped=read.num_skipped,
        num_too_long=own.num_too_long,
        rule=model.backbone.length_rule(model.settings, packed=False) if own.num_too_long else None,
        metrics={metric.name: measure_metric(metric, own, seed=seed) for metric in model.task.metrics()},
        signatures=signatures_of(model.task),
        untouched=None
        if other is None
        else compare_answers("untouched", model.task, own, other, seed=seed, minimum_effect=effect),
        samples=make_samples(own, other),
        earlier_readings=before or (),
        readings_sentence=say_readings(before, num_examples=len(items)),
    )


def _with_languages(options: SequenceOptions, record: SequenceRecord) -> SequenceOptions:
    """The options with the languages that the model was trained on; raises `UsageError` where others are asked for."""
    settings = record.settings
    sides = {
        "source": (options.source_language, settings.read_from or settings.source_language),
        "target": (options.target_language, settings.read_into or settings.target_language),
    }
    for side, (asked, own) in sides.items():
        if asked is not None and own is not None and language_code(asked) != language_code(own):
            raise UsageError("language-other", asked=asked, side=side, own=own)
    return options.model_copy(update={f"{side}_language": own for side, (_, own) in sides.items() if own is not None})
