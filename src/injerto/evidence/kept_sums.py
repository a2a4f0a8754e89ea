"""Statistics of the answers on the test split as the artifact keeps them, where answers are texts."""

from collections.abc import Mapping, Sequence
from typing import Final

from injerto.core.answers_on_test import Rows, SumsOnTest
from injerto.data.arrays import Floats
from injerto.data.items import AbstractItem, digest_in_order
from injerto.evidence.control import Trial
from injerto.tasks.task import AbstractTranscriptTask

_DECIMALS: Final = 4
MODEL: Final = "model"


def make_transcript_sums(told: Mapping[str, Floats], trial: Trial) -> SumsOnTest | None:
    """Of the `model` and of its controls, by name; None where answers are no transcripts."""
    if not isinstance(trial.task, AbstractTranscriptTask):
        return None
    targets = trial.data.targets()[trial.splits.test]
    items = [trial.data.examples[i].item for i in trial.splits.test]
    return keep_sums(items, {name: trial.task.count_kinds(answers, targets) for name, answers in told.items()})


def keep_sums(items: Sequence[AbstractItem], sums: Mapping[str, Mapping[str, Floats]]) -> SumsOnTest:
    """Statistics of each example by their name, of the `model` and of its controls."""
    kept = {who: {name: _rows(values) for name, values in some.items()} for who, some in sums.items()}
    return SumsOnTest(examples=digest_in_order(items), model=kept.pop(MODEL), controls=kept)


def _rows(values: Floats) -> Rows:
    return tuple(tuple(float(value) for value in row) for row in values.round(_DECIMALS))
