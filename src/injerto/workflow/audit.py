"""`audit`: findings on a model, and figures by group where the data name groups."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from injerto.artifacts.inspecting import InspectedArtifact, inspect_measurements, is_sequence_artifact
from injerto.audits.audit import Case
from injerto.audits.auditing import run_audits
from injerto.core.answer_kind import AnswerKind
from injerto.core.answers_on_test import SumsOnTest
from injerto.core.errors import UsageError
from injerto.core.finding import AuditReport, Severity
from injerto.core.progress import Reporter, Silent
from injerto.core.sequences import SequenceOptions
from injerto.data.items import digest_in_order
from injerto.data.labelled import Example, LabelledData, Splits
from injerto.evidence.answered import Answered
from injerto.evidence.answered_sets import AnsweredSets
from injerto.evidence.scored import Scored

if TYPE_CHECKING:
    from injerto.evidence.detection.close_up import BoxCloseUp
    from injerto.workflow.close_up import LookedAt
    from injerto.workflow.ready import DataOptions


def audit(
    model: str | Path,
    data: Any = None,
    *,
    groups: Sequence[str] = (),
    options: "DataOptions | None" = None,
    fail_under: float | None = None,
    fail_on: Severity | str | None = None,
    device: str = "auto",
    texts: SequenceOptions | None = None,
    reporter: Reporter | None = None,
) -> AuditReport:
    """Look for bias, leaks and other faults of a model. Reads everything that was measured and trains nothing.

    Args:
        model: folder that `fit` wrote; its files are verified first.
        data: what `fit` was given: its test split is used, with the answers of the model and of its controls that the
            folder holds. Or other labelled data, which the model answers now. None judges what needs no data.
        groups: columns of a table that say which group each example belongs to; crossings of two are judged too.
        options: how the data are read; None takes what `fit` was told.
        fail_under: accuracy that every group with enough examples must reach; of transcripts one minus the error rate,
            of boxes mAP.
        fail_on: severity from which a finding fails: `warning` for instance.
        device: for other data; see `fit`.
        texts: of a model that writes texts, how they are read, where that is not what `fit` was told.

    Raises:
        UsageError: there is no such model, no such column, or `fail_under` is no share.
        ModelError: the model is incomplete or was changed.
        DataError: the data cannot be used, or carry labels that the model never learnt.
    """
    path, reporter = Path(model), reporter or Silent()
    if groups and data is None:
        raise UsageError("groups-without-data", names=", ".join(groups))
    if fail_under is not None and not 0 <= fail_under <= 1:
        raise UsageError("fail-under-range", limit=fail_under)
    if is_sequence_artifact(path):
        from injerto.workflow.sequences.audit import make_text_case  # What reads texts, which few need.

        asked = texts if options is None else options.with_text_column(texts)
        case = make_text_case(path, data, groups, asked, device, reporter)
    else:
        found = inspect_measurements(path)
        case = kept_case(found) if data is None else _case_on(found, data, groups, options, device, reporter)
    return run_audits(
        case,
        data=None if data is None else str(data) if isinstance(data, str | Path) else type(data).__name__,
        fail_under=fail_under,
        fail_on=None if fail_on is None else _severity(fail_on),
    )


def _severity(name: Severity | str) -> Severity:
    if name not in list(Severity):
        raise UsageError("unknown-name", kind="severity", name=name, near="", names=", ".join(Severity))
    return Severity(name)


def kept_case(
    found: InspectedArtifact,
    examples: Sequence[Example] = (),
    groups: Sequence[str] = (),
    *,
    seen: "LookedAt | None" = None,
) -> Case:
    """By the answers that the folder holds; the controls answered the same examples."""
    case = Case(
        artifact=found,
        groups=groups_of(examples, groups),
        close_up=None if seen is None else seen.labels,
        unloaded=None if seen is None else seen.unloaded,
        num_examples=found.outcome.num_test,
        seed=found.record.plan.seed,
    )
    number = len(found.record.labels)
    if found.answers is not None and found.record.multi_label:
        sets = AnsweredSets.of(found.answers, num_labels=number)
        controls = AnsweredSets.controls_of(found.answers, num_labels=number)
        return replace(case, sets=sets, measured=Scored.of_sets(sets, controls))
    if found.answers is not None:
        answered = Answered.of(found.answers, num_labels=number)
        return replace(case, answered=answered, controls=Answered.controls_of(found.answers))
    if found.kind is AnswerKind.TRANSCRIPT and found.sums is not None:
        return replace(case, measured=Scored.of_words_kept(found.sums))
    if seen is not None and seen.boxes is not None and groups:
        return replace(case, measured=_score_boxes(seen.boxes, found.sums))
    return case


def _score_boxes(seen: "BoxCloseUp", sums: SumsOnTest | None) -> Scored:
    """What the detector finds in its test pictures now, beside what its controls found when it was trained."""
    from injerto.evidence.detection.kept import kept_boxes
    from injerto.tasks.detection.metrics import BoxMatches

    kept = {} if sums is None else kept_boxes(sums, seen.model.labels)
    controls = {name: BoxMatches(seen.pictures, boxes) for name, boxes in kept.items()}
    return Scored.of_boxes(seen.matches, len(seen.test), controls)


def options_of(found: InspectedArtifact, options: "DataOptions | None", groups: Sequence[str] = ()) -> "DataOptions":
    """How the data are read: as `options` say, else as the model's own `fit` was told; with the columns of groups."""
    from injerto.workflow.ready import DataOptions  # Imports torch, which what needs no data never needs.

    kept = found.facts.reading if found.facts is not None else {}
    given = (options.given() if options is not None else {}) or kept
    return DataOptions.model_validate({**given, "task": found.record.task, "attribute_columns": tuple(groups)})


def _case_on(
    found: InspectedArtifact,
    data: Any,
    groups: Sequence[str],
    options: "DataOptions | None",
    device: str,
    reporter: Reporter,
) -> Case:
    from injerto.data.reading import read_data
    from injerto.workflow.close_up import look_if_possible

    read = read_data(data, to_learn=False, reporter=reporter, **options_of(found, options, groups).model_dump())
    splits = _own_splits(found, read)
    if splits is not None:
        seen = look_if_possible(found, read, splits, device=device, reporter=reporter)
        return kept_case(found, [read.examples[i] for i in splits.test], groups, seen=seen)
    return _answer_now(found, read, groups, device, reporter)


def _own_splits(found: InspectedArtifact, read: LabelledData) -> Splits | None:
    """The splits of the model's own `fit`; None where these are other data."""
    from injerto.data.splitting import make_splits

    if found.test_digest is None or found.facts is None or len(read) != found.facts.num_examples:
        return None
    splits = make_splits(read, seed=found.record.plan.seed)
    test = digest_in_order(read.examples[i].item for i in splits.test)
    return splits if test == found.test_digest else None


def _answer_now(
    found: InspectedArtifact, read: LabelledData, groups: Sequence[str], device: str, reporter: Reporter
) -> Case:
    """The model's answers to all of the data; no control has answered these."""
    from injerto.core.messages import say
    from injerto.evidence.evaluating import targets_in
    from injerto.evidence.readings import digest_test, record_reading
    from injerto.workflow.close_up import look_closely

    seen = look_closely(found, read, None, device=device, reporter=reporter)
    case = Case(
        artifact=found, groups=groups_of(read.examples, groups), close_up=seen.labels, seed=found.record.plan.seed
    )
    targets = targets_in(seen.labels.model, read) if seen.labels is not None else None
    items = [example.item for example in read.examples]
    record_reading(digest_test(items), num_examples=len(items), what=say("audit.reading"), where=str(found.path))
    if seen.boxes is not None:
        return replace(case, measured=Scored.of_boxes(seen.boxes.matches, len(items)))
    if seen.transcripts is not None:
        return replace(case, measured=Scored.of_words(seen.transcripts.kinds, {}))
    assert seen.labels is not None
    assert targets is not None
    probabilities = seen.labels.probabilities
    if found.record.multi_label:
        sets = AnsweredSets(carried=targets > 0, given=probabilities > 0.5)
        return replace(case, sets=sets, measured=Scored.of_sets(sets, {}))
    answered = Answered(
        target=targets,
        predicted=probabilities.argmax(axis=1),
        confidence=probabilities.max(axis=1),
        num_labels=len(seen.labels.model.labels),
    )
    return replace(case, answered=answered)


def groups_of(examples: Sequence[Example], groups: Sequence[str]) -> dict[str, tuple[str | None, ...]]:
    """The group of each example, by column."""
    return {name: tuple(example.attributes[i] for example in examples) for i, name in enumerate(groups)}
