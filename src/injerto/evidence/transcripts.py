"""A recogniser at hand together with its test recordings: what was said in them, and what it heard."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

import numpy as np

from injerto.activations.store.store import ActivationStore
from injerto.artifacts.model import Model
from injerto.core.progress import Reporter, Silent
from injerto.data.arrays import Floats, Ints
from injerto.data.labelled import Example, LabelledData
from injerto.evidence.answers import answer
from injerto.evidence.evaluating import targets_in
from injerto.tasks.edit_distance import AlignedWord, align_words
from injerto.tasks.task import AbstractTranscriptTask


@final
@dataclass(kw_only=True)
class TranscriptCloseUp:
    """What needs the network itself. Frames come from the store where `fit` left them."""

    model: Model
    data: LabelledData
    """Test examples only."""
    reporter: Reporter = field(default_factory=Silent)

    @property
    def test(self) -> Sequence[Example]:
        return self.data.examples

    @cached_property
    def said(self) -> list[str]:
        """What is said in each recording, its spaces as the model writes them."""
        return [" ".join(example.labels[0].split()) for example in self.test]

    @cached_property
    def heard(self) -> list[str]:
        """What the model heard."""
        return [one.label or "" for one in self.model.task.decode(self._answers, self.model.labels)]

    @cached_property
    def sure(self) -> Floats:
        """How sure it is of each transcript."""
        return np.asarray(self._answers[:, 0])

    @cached_property
    def kinds(self) -> dict[str, Floats]:
        """Words and characters substituted, left out, put in, and said, each of shape (recordings, 4)."""
        task = self.model.task
        assert isinstance(task, AbstractTranscriptTask)
        return task.count_kinds(self._answers, self._targets)

    @cached_property
    def aligned(self) -> list[tuple[AlignedWord, ...]]:
        """The words of each recording beside those that were heard."""
        return [align_words(said, heard) for said, heard in zip(self.said, self.heard, strict=True)]

    def confused_words(self) -> list[tuple[AlignedWord, int]]:
        """Words that were taken for another, left out or put in, the most frequent first."""
        found = Counter(word for words in self.aligned for word in words if word.kind != "equal")
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0].said, pair[0].heard))

    def worst(self) -> Ints:
        """Recordings with errors: those with the most wrong words for what is said in them, first."""
        words, characters = self.kinds["word"], self.kinds["character"]
        rate = words[:, :3].sum(axis=1) / np.maximum(words[:, 3], 1)
        finer = characters[:, :3].sum(axis=1) / np.maximum(characters[:, 3], 1)
        order = np.lexsort((-self.sure, -finer, -rate))
        return np.asarray(order[characters[order, :3].sum(axis=1) > 0], dtype=np.int64)

    @cached_property
    def _targets(self) -> Ints:
        return targets_in(self.model, self.data)

    @cached_property
    def _answers(self) -> Floats:
        assert self._targets is not None  # They may widen the characters that the task knows.
        items = [example.item for example in self.test]
        store = ActivationStore(arithmetic=self.model.arithmetic)
        return answer(self.model, items, store=store, reporter=self.reporter)
