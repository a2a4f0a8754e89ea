"""The answers on the test split as the artifact keeps them, for reports and audits made later."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from injerto.core.answers_on_test import AnswersOnTest
from injerto.data.items import digest_in_order
from injerto.evidence.control import Trial
from injerto.tasks.task import Floats

_TOP: Final = 5
_DECIMALS: Final = 5


def make_answers(told: Mapping[str, Floats], trial: Trial) -> AnswersOnTest:
    """Of the `model` and of its controls, by name, each of shape (test examples, labels)."""
    probabilities = told["model"]
    positions = trial.splits.test
    targets = trial.data.targets()[positions]
    many = trial.data.multi_label
    order = np.argsort(-probabilities, axis=1, kind="stable")
    kept = np.maximum((probabilities > 0.5).sum(axis=1), min(_TOP, probabilities.shape[1]))
    top = [tuple(map(int, row[:number])) for row, number in zip(order, kept, strict=True)]
    rounded = probabilities.round(_DECIMALS)
    return AnswersOnTest(
        examples=digest_in_order(trial.data.examples[i].item for i in positions),
        targets=tuple(tuple(map(int, np.flatnonzero(row))) if many else (int(row),) for row in targets),
        top=tuple(top),
        probabilities=tuple(tuple(float(rounded[i, label]) for label in labels) for i, labels in enumerate(top)),
        controls={} if many else _labels(told),
        control_sets=_sets(told) if many else {},
    )


def _labels(told: Mapping[str, Floats]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(map(int, rows.argmax(axis=1))) for name, rows in told.items() if name != "model"}


def _sets(told: Mapping[str, Floats]) -> dict[str, tuple[tuple[int, ...], ...]]:
    given = {name: rows > 0.5 for name, rows in told.items() if name != "model"}
    return {name: tuple(tuple(map(int, np.flatnonzero(row))) for row in rows) for name, rows in given.items()}
