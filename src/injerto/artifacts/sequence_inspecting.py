"""What an artifact of a model that writes texts says of itself, its files verified first; imports no torch."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from injerto.artifacts.inspecting import read_document, verified_files
from injerto.core.answer_kind import AnswerKind
from injerto.core.answers_on_test import SumsOnTest
from injerto.core.artifact import PROTOCOL, RECORD_NAME
from injerto.core.data_facts import DataFacts
from injerto.core.errors import ModelError
from injerto.core.sequences import SequenceEvidence, SequenceOutcome, SequenceRecord
from injerto.core.training_course import TrainingCourse
from injerto.core.verification import Verification

_METRICS: Final = frozenset({"bits_per_byte", "perplexity", "loss", "repetition", "chrf", "bleu"})


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class InspectedSequence:
    """Everything of such an artifact but its tensors. None is what an earlier version did not write."""

    path: Path
    record: SequenceRecord
    outcome: SequenceOutcome
    course: TrainingCourse | None
    sums: SumsOnTest | None
    facts: DataFacts | None
    verified: Verification

    @property
    def kind(self) -> AnswerKind:
        """What the model answers with."""
        return AnswerKind.TEXT


def inspect_sequence_artifact(path: Path) -> SequenceRecord:
    """The record of an artifact, every file checked against the manifest first; raises as `inspect_artifact` does."""
    verified_files(path)
    return _read_record(path)


def inspect_sequence(path: Path) -> InspectedSequence:
    """The record and all that `fit` measured; raises as `inspect_measurements` does."""
    verified = verified_files(path)
    record = _read_record(path)
    outcome = read_document(path, "evidence", SequenceOutcome, verified)
    if outcome is None:
        raise ModelError("artifact-incomplete", path=path)
    sums = read_document(path, "sums", SumsOnTest, verified)
    if not _fits(outcome.evidence) or (sums is not None and len(sums.model.get("likelihood", ())) != outcome.num_test):
        raise ModelError("artifact-record", path=path / "evidence.json")
    return InspectedSequence(
        path=path,
        record=record,
        outcome=outcome,
        course=read_document(path, "training", TrainingCourse, verified),
        sums=sums,
        facts=read_document(path, "data", DataFacts, verified),
        verified=verified,
    )


def _fits(evidence: SequenceEvidence) -> bool:
    """Whether the metrics are those that there are, and every control has them."""
    names = evidence.metrics.keys()
    same = all(one.metrics.keys() == one.gains.keys() == names for one in evidence.controls)
    return evidence.metric in names and names <= _METRICS and same


def _read_record(path: Path) -> SequenceRecord:
    try:
        content = (path / RECORD_NAME).read_bytes()
        protocol = int(json.loads(content)["protocol"])
        if protocol > PROTOCOL:
            raise ModelError("artifact-newer", path=path, protocol=protocol, known=PROTOCOL)
        return SequenceRecord.from_json(content)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("artifact-record", path=path / RECORD_NAME) from error
