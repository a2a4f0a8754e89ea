"""What an artifact says of itself, its files verified first; imports no torch."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, final

from pydantic import ValidationError

from injerto.artifacts.verifying import verify_artifact
from injerto.core.answer_kind import AnswerKind
from injerto.core.answers_on_test import BOX_WIDTH, BOXES, AnswersOnTest, SumsOnTest
from injerto.core.artifact import PROTOCOL, RECORD_NAME, WEIGHTS_NAME, ArtifactRecord
from injerto.core.atomic import MANIFEST_NAME
from injerto.core.data_facts import DataFacts
from injerto.core.errors import ModelError
from injerto.core.outcome import FitOutcome
from injerto.core.record import Record
from injerto.core.training_course import TrainingCourse
from injerto.core.verification import FileState, Verification

_Kept = TypeVar("_Kept", bound=Record)


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class InspectedArtifact:
    """Everything of an artifact but its tensors. None is what an earlier version did not write."""

    path: Path
    record: ArtifactRecord
    outcome: FitOutcome
    course: TrainingCourse | None
    answers: AnswersOnTest | None
    """None of boxes and transcripts too."""
    sums: SumsOnTest | None
    """Of transcripts; of boxes those of the controls alone."""
    facts: DataFacts | None
    verified: Verification

    @property
    def test_digest(self) -> str | None:
        """Over the digests of all test examples."""
        kept = self.answers or self.sums
        return None if kept is None else kept.examples

    @property
    def kind(self) -> AnswerKind:
        """What the model answers with."""
        kinds = {"maps": AnswerKind.BOXES, "queries": AnswerKind.BOXES, "frames": AnswerKind.TRANSCRIPT}
        return kinds.get(self.record.pool, AnswerKind.LABELS)


def is_sequence_artifact(path: Path) -> bool:
    """Whether a folder says that it holds a model that writes texts; a look at one file, which is checked later."""
    try:
        found = json.loads((path / RECORD_NAME).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("kind") == "sequence"


def inspect_artifact(path: Path) -> ArtifactRecord:
    """The record of an artifact, its files checked against the manifest; imports no weights.

    Raises `UsageError` where there is no artifact and `ModelError` where it is incomplete or was changed.
    """
    return _verified(path)[0]


def inspect_measurements(path: Path) -> InspectedArtifact:
    """The record and all that `fit` measured; raises as `inspect_artifact` does."""
    record, verified = _verified(path)
    outcome = read_document(path, "evidence", FitOutcome, verified)
    if outcome is None:
        raise ModelError("artifact-incomplete", path=path)
    answers = read_document(path, "answers", AnswersOnTest, verified)
    if answers is not None and not _known_labels(answers, record):
        raise ModelError("artifact-record", path=path / "answers.json")
    sums = read_document(path, "sums", SumsOnTest, verified)
    if sums is not None and not _known_classes(sums, record):
        raise ModelError("artifact-record", path=path / "sums.json")
    return InspectedArtifact(
        path=path,
        record=record,
        outcome=outcome,
        course=read_document(path, "training", TrainingCourse, verified),
        answers=answers,
        sums=sums,
        facts=read_document(path, "data", DataFacts, verified),
        verified=verified,
    )


def _known_labels(answers: AnswersOnTest, record: ArtifactRecord) -> bool:
    one_each = record.multi_label or all(len(labels) == 1 for labels in answers.targets)
    sets = (labels for rows in answers.control_sets.values() for labels in rows)
    named = [*answers.targets, *answers.top, *answers.controls.values(), *sets]
    return one_each and all(0 <= label < len(record.labels) for row in named for label in row)


def _known_classes(sums: SumsOnTest, record: ArtifactRecord) -> bool:
    rows = (row for kept in sums.controls.values() for row in kept.get(BOXES, ()))
    return all(number in range(len(record.labels)) for row in rows for number in row[::BOX_WIDTH])


def verified_files(path: Path) -> Verification:
    """Every file as it was written; raises `ModelError` where one was changed, or the folder is incomplete."""
    verified = verify_artifact(path)
    states = {file.name: file.state for file in verified.files}
    if RECORD_NAME not in states and (path / "config.json").is_file():
        raise ModelError("artifact-is-network", path=path)  # What `merge` writes, and what the hub holds.
    if states[MANIFEST_NAME] is FileState.MISSING:
        raise ModelError("artifact-incomplete", path=path)
    # A file that was added later, such as a file manager's, is not read and so does no harm here; `verify` names it.
    if changed := [name for name, state in states.items() if state not in (FileState.FINE, FileState.EXTRA)]:
        raise ModelError("artifact-changed", path=path, names=", ".join(changed[:5]))
    if states.get(RECORD_NAME) is not FileState.FINE:
        raise ModelError("artifact-incomplete", path=path)
    return verified


def _verified(path: Path) -> tuple[ArtifactRecord, Verification]:
    verified = verified_files(path)
    record = _read_record(path)
    if not any(file.name == WEIGHTS_NAME and file.state is FileState.FINE for file in verified.files):
        raise ModelError("artifact-incomplete", path=path)
    return record, verified


def read_document(path: Path, name: str, kind: type[_Kept], verified: Verification) -> _Kept | None:
    """A document of the folder; only a file that the manifest vouches for is opened."""
    file = path / f"{name}.json"
    if not any(one.name == file.name and one.state is FileState.FINE for one in verified.files):
        return None
    try:
        return kind.from_json(file.read_bytes())
    except ValidationError as error:
        raise ModelError("artifact-record", path=file) from error


def _read_record(path: Path) -> ArtifactRecord:
    content = (path / RECORD_NAME).read_bytes()
    try:
        found = json.loads(content)
        if found.get("kind") == "sequence":
            raise ModelError("artifact-no-labels", path=path, task=found.get("task"))
        protocol = int(found["protocol"])
        if protocol > PROTOCOL:
            raise ModelError("artifact-newer", path=path, protocol=protocol, known=PROTOCOL)
        return ArtifactRecord.from_json(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError("artifact-record", path=path / RECORD_NAME) from error
