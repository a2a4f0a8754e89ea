"""The kept answers where an example may carry several labels: a set that is and a set that was said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from injerto.core.answers_on_test import AnswersOnTest
from injerto.data.arrays import Ints
from injerto.evidence.answered import AbstractAnswers

Sets = npt.NDArray[np.bool_]
"""Shape (examples, labels)."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class AnsweredSets(AbstractAnswers):
    """Which labels each example carries, and which were given: those with a probability above one half."""

    carried: Sets
    given: Sets

    @classmethod
    def of(cls, answers: AnswersOnTest, *, num_labels: int) -> "AnsweredSets":
        """From what the artifact keeps."""
        rows = zip(answers.top, answers.probabilities, strict=True)
        given = [[label for label, value in zip(labels, values, strict=True) if value > 0.5] for labels, values in rows]
        return cls(carried=_sets(answers.targets, num_labels), given=_sets(given, num_labels))

    @staticmethod
    def controls_of(answers: AnswersOnTest, *, num_labels: int) -> Mapping[str, Sets]:
        """The labels that each control gave to the same examples."""
        return {name: _sets(rows, num_labels) for name, rows in answers.control_sets.items()}

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Where all labels are given and no other."""
        return np.asarray((self.carried == self.given).all(axis=1))

    def carries(self, label: int) -> npt.NDArray[np.bool_]:
        return self.carried[:, label]

    def says(self, label: int) -> npt.NDArray[np.bool_]:
        return self.given[:, label]

    def count(self, positions: Ints | None = None) -> tuple[Ints, Ints, Ints]:
        chosen = slice(None) if positions is None else positions
        carried, given = self.carried[chosen], self.given[chosen]
        counted = (carried, given, carried & given)
        examples, named, hits = (np.asarray(some.sum(axis=0), dtype=np.int64) for some in counted)
        return examples, named, hits


def _sets(rows: Iterable[Iterable[int]], num_labels: int) -> Sets:
    known = [list(row) for row in rows]
    sets = np.zeros((len(known), num_labels), dtype=bool)
    for place, labels in enumerate(known):
        sets[place, labels] = True
    return sets
