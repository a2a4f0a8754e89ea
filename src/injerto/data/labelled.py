"""Labelled examples in memory: what every reader returns and everything above works on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from injerto.core.hashing import digest_json
from injerto.core.survey import Modality, Problem, Split
from injerto.data.boxes.box import Box
from injerto.data.items import AbstractItem


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One usable example: its content, its labels as text, and where it came from."""

    item: AbstractItem
    labels: tuple[str, ...]
    where: str
    """File, or file and row: what messages name."""
    group: str | None = None
    """Subject, speaker, site …: examples of one group stay in one split."""
    split: Split | None = None
    """The split that the data themselves give."""
    attributes: tuple[str | None, ...] = ()
    """Cells of the attribute columns that were asked for, in their order; None where a cell is empty."""
    boxes: tuple[Box, ...] | None = None
    """Objects in a picture, none where it is a negative; None where the data know no boxes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledData:
    """Examples with their label names, and everything that was noticed while reading them."""

    source: str
    modality: Modality
    examples: tuple[Example, ...]
    labels: tuple[str, ...]
    """Every label name, sorted; a class index is a position in this tuple. Of transcripts, every character."""
    multi_label: bool = False
    transcribed: bool = False
    """Whether the one label of an example is a text, what is said in it, and targets are its characters."""
    columns: dict[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    num_skipped: int = 0
    """Examples that could not be used; each is one of the problems."""

    def __len__(self) -> int:
        return len(self.examples)

    @property
    def has_boxes(self) -> bool:
        """Whether the examples are pictures with boxes; `labels` of one are then the classes seen in it."""
        return any(example.boxes is not None for example in self.examples)

    def subset(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> Self:
        """The same data with only these examples, label names unchanged."""
        return replace(self, examples=tuple(self.examples[int(i)] for i in indices))

    def targets(self) -> npt.NDArray[np.int64]:
        """Class indices, shape (examples,); with many labels a 0/1 matrix, shape (examples, labels).

        Of transcripts the characters, shape (examples, longest), -1 behind the end of each.
        """
        index = {label: position for position, label in enumerate(self.labels)}
        if self.transcribed:
            longest = max((len(example.labels[0]) for example in self.examples), default=0)
            rows = np.full((len(self.examples), longest), -1, dtype=np.int64)
            for row, example in enumerate(self.examples):
                rows[row, : len(example.labels[0])] = [index[character] for character in example.labels[0]]
            return rows
        if not self.multi_label:
            return np.array([index[example.labels[0]] for example in self.examples], dtype=np.int64)
        matrix = np.zeros((len(self.examples), len(self.labels)), dtype=np.int64)
        for row, example in enumerate(self.examples):
            matrix[row, [index[label] for label in example.labels]] = 1
        return matrix

    def labels_of(self, position: int) -> tuple[str, ...]:
        """The labels that an example carries; of a transcript, its characters."""
        labels = self.examples[position].labels
        return tuple(sorted(set(labels[0]))) if self.transcribed else labels

    def digest(self) -> str:
        """SHA-256 of contents, labels, groups, given splits and boxes, in order."""
        boxes = [[[box.label, *box.corners, box.crowd] for box in e.boxes or ()] for e in self.examples]
        return digest_json(
            [[e.item.digest, list(e.labels), e.group, e.split] for e in self.examples]
            + [list(self.labels), self.multi_label]
            + (boxes if self.has_boxes else [])
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Splits:
    """Positions of the examples of each split; disjoint, and no content or group crosses from one to another."""

    train: npt.NDArray[np.int64]
    tune: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]
    origin: str
    """One sentence: given, or how they were made."""
    num_leaks: int = 0
    problems: tuple[Problem, ...] = ()
