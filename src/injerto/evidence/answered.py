"""The kept answers as arrays: who was right, what was taken for what, how sure the model was."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

from injerto.core.answers_on_test import AnswersOnTest
from injerto.data.arrays import Floats, Ints

_DEVIATIONS: Final = 1.96


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """Examples of one label that were taken for another."""

    target: int
    predicted: int
    positions: Ints
    """In the test split, the most confident first."""


class AbstractAnswers(ABC):
    """Answers with labels, one an example or several: what figures by label and group are counted from."""

    __slots__ = ()

    @property
    @abstractmethod
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether the answer is right, shape (examples,)."""

    @abstractmethod
    def carries(self, label: int) -> npt.NDArray[np.bool_]:
        """Whether an example is of this label, shape (examples,)."""

    @abstractmethod
    def says(self, label: int) -> npt.NDArray[np.bool_]:
        """Whether the answer names this label, shape (examples,)."""

    @abstractmethod
    def count(self, positions: Ints | None = None) -> tuple[Ints, Ints, Ints]:
        """For each label the examples that carry it, the answers that name it, and where both do; None takes all."""


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Answered(AbstractAnswers):
    """One label an example: positions of labels, shape (test examples,), and the probability of the predicted one."""

    target: Ints
    predicted: Ints
    confidence: Floats
    num_labels: int

    @classmethod
    def of(cls, answers: AnswersOnTest, *, num_labels: int) -> "Answered":
        """From what the artifact keeps; for one label an example."""
        return cls(
            target=np.array([labels[0] for labels in answers.targets], dtype=np.int64),
            predicted=np.array([labels[0] for labels in answers.top], dtype=np.int64),
            confidence=np.array([values[0] for values in answers.probabilities], dtype=np.float64),
            num_labels=num_labels,
        )

    @staticmethod
    def controls_of(answers: AnswersOnTest) -> dict[str, Ints]:
        """The label that each control gave to the same examples."""
        return {name: np.array(labels, dtype=np.int64) for name, labels in answers.controls.items()}

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.target == self.predicted)

    def carries(self, label: int) -> npt.NDArray[np.bool_]:
        return np.asarray(self.target == label)

    def says(self, label: int) -> npt.NDArray[np.bool_]:
        return np.asarray(self.predicted == label)

    def count(self, positions: Ints | None = None) -> tuple[Ints, Ints, Ints]:
        chosen = slice(None) if positions is None else positions
        target, predicted = self.target[chosen], self.predicted[chosen]
        counted = (target, predicted, target[target == predicted])
        examples, named, hits = (np.bincount(one, minlength=self.num_labels) for one in counted)
        return examples, named, hits

    def counts(self) -> Ints:
        """Shape (labels, labels), for few labels: rows are what an example is, columns what it was taken for."""
        table = np.zeros((self.num_labels, self.num_labels), dtype=np.int64)
        np.add.at(table, (self.target, self.predicted), 1)
        return table

    def mistakes(self) -> Ints:
        """Positions of wrong answers, the most confident first."""
        wrong = np.flatnonzero(~self.right)
        return np.asarray(wrong[np.argsort(-self.confidence[wrong], kind="stable")])

    def confused(self) -> list[Cell]:
        """Pairs of labels that were confused, the most frequent first."""
        cells: dict[tuple[int, int], list[int]] = {}
        for position in self.mistakes():
            cells.setdefault((int(self.target[position]), int(self.predicted[position])), []).append(int(position))
        found = [Cell(target=a, predicted=b, positions=np.array(where)) for (a, b), where in cells.items()]
        return sorted(found, key=lambda cell: (-len(cell.positions), cell.target, cell.predicted))


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson 1927: it stays inside 0 and 1 and holds for few examples.

    >>> wilson(0, 10)[1] > 0.2, wilson(10, 10)[0] < 0.8
    (True, True)
    """
    share, z = hits / total, _DEVIATIONS
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    # At the ends the formula gives 0 and 1 but for rounding.
    return (0.0 if hits == 0 else float(middle - half)), (1.0 if hits == total else float(middle + half))
