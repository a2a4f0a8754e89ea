"""What an audit of a model that writes texts judges."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from injerto.artifacts.sequence_inspecting import InspectedSequence, inspect_sequence
from injerto.artifacts.sequence_loading import load_sequence_artifact
from injerto.audits.audit import Case
from injerto.core.errors import DataError, InjertoError
from injerto.core.messages import say
from injerto.core.progress import Reporter
from injerto.core.sequences import SequenceOptions
from injerto.data.labelled import LabelledData
from injerto.data.sequences.reading import read_sequences
from injerto.data.sequences.spoken import as_spoken, read_spoken
from injerto.evidence.readings import digest_test, record_reading
from injerto.evidence.scored import Scored
from injerto.evidence.sequences.kept import ordered_metrics, score_kept
from injerto.workflow.audit import groups_of
from injerto.workflow.device import choose_device
from injerto.workflow.sequences.report import own_options, read_own_data


def make_text_case(
    path: Path,
    data: Any,
    groups: Sequence[str],
    options: SequenceOptions | None,
    device: str,
    reporter: Reporter,
) -> Case:
    """The model's own test texts, with what the folder keeps of its controls; or other texts, which it reads now."""
    found = inspect_sequence(path)
    case = Case(artifact=found, num_examples=found.outcome.num_test, seed=found.record.plan.seed)
    if data is None:
        return case if found.sums is None else replace(case, measured=score_kept(found))
    try:
        ready = read_own_data(found, data, options, groups)
    except DataError as error:
        if error.key not in ("data-differ", "texts-few", "split-no-train"):
            raise
        return _answer_now(case, found, data, groups, options, device, reporter)
    test = [ready.data.examples[i] for i in ready.splits.test]
    case = _with_writer(case, found, device)
    return replace(case, groups=groups_of(test, groups), measured=score_kept(found))


def _with_writer(case: Case, found: InspectedSequence, device: str) -> Case:
    """With the model itself, or why it cannot be loaded here: most audits can do without."""
    try:
        return replace(case, writer=load_sequence_artifact(found.path, device=choose_device(device)))
    except InjertoError as error:
        return replace(case, unloaded=error.what)


def _answer_now(
    case: Case,
    found: InspectedSequence,
    data: Any,
    groups: Sequence[str],
    options: SequenceOptions | None,
    device: str,
    reporter: Reporter,
) -> Case:
    model = load_sequence_artifact(found.path, device=choose_device(device))
    read: LabelledData
    asked = own_options(found, options, groups)
    if model.task.reads_recordings:
        read = as_spoken(read_spoken(data, asked))
    else:
        read, _ = read_sequences(data, asked, pairs=model.task.reads_pairs)
    items = [example.item for example in read.examples]
    record_reading(digest_test(items), num_examples=len(items), what=say("audit.reading"), where=str(found.path))
    answers = model.answer(items, outputs=model.backbone.kind != "causal", seed=case.seed, reporter=reporter)
    metrics = ordered_metrics(model.task)
    sums = {metric.sums_of: metric.rows(answers) for metric in metrics if metric.of_every_example}
    return replace(
        case, writer=model, groups=groups_of(read.examples, groups), measured=Scored.of_texts(metrics, sums, {})
    )
