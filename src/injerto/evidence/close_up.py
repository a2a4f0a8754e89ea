"""The model at hand together with its examples: features, neighbours and reasons, computed when they are asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, final

import numpy as np
import numpy.typing as npt
import torch

from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.artifacts.model import Model, score_features
from injerto.backbones.image_preparation import center_view
from injerto.core.progress import Reporter, Silent
from injerto.core.provenance import ImageContract
from injerto.core.survey import Modality
from injerto.data.arrays import Floats, Ints
from injerto.data.items import AbstractImageItem, AbstractItem
from injerto.data.labelled import Example
from injerto.evidence.embedding_map import EmbeddingMap, make_map
from injerto.evidence.grad_cam import measure_heat
from injerto.evidence.occlusion import Part, measure_word_effects
from injerto.evidence.sound_occlusion import measure_moment_effects

_BLOCK: Final = 1024


@final
@dataclass(kw_only=True)
class CloseUp:
    """What needs the network itself. Features come from the store where `fit` left them."""

    model: Model
    test: Sequence[Example]
    """The examples that are judged, in the order of the answers."""
    train: Sequence[Example] = ()
    """What the model learned from; empty where that is not known."""
    seed: int = 0
    reporter: Reporter = field(default_factory=Silent)

    @cached_property
    def features(self) -> Floats:
        """What the head reads of the judged examples, shape (examples, features)."""
        return self._read([example.item for example in self.test])

    @cached_property
    def train_features(self) -> Floats:
        """The same of the training examples."""
        return self._read([example.item for example in self.train])

    @cached_property
    def train_targets(self) -> Ints:
        """Positions of the labels of the training examples, for one label an example."""
        places = {label: place for place, label in enumerate(self.model.labels)}
        return np.array([places[example.labels[0]] for example in self.train], dtype=np.int64)

    @cached_property
    def train_probabilities(self) -> Floats:
        """The model's answers to its own training examples."""
        return self._answers(self.train_features)

    @cached_property
    def probabilities(self) -> Floats:
        """The model's answers to the judged examples."""
        return self._answers(self.features)

    @cached_property
    def map(self) -> EmbeddingMap | None:
        """See `make_map`."""
        return make_map(self.features, seed=self.seed)

    def answer(self, items: Sequence[AbstractItem]) -> Floats:
        """Answers to other inputs; nothing of them is stored."""
        return self.model.probabilities(items)

    def nearest(self, positions: Sequence[int], *, number: int = 3) -> list[Ints]:
        """For each judged example its nearest training examples, nearest first, by the cosine of centred features."""
        if not self.train:
            return [np.empty(0, dtype=np.int64) for _ in positions]
        known, everyone = self._centred()
        asked = everyone[np.array(positions, dtype=int)]
        found: list[Ints] = []
        for start in range(0, len(asked), _BLOCK):
            likeness = asked[start : start + _BLOCK] @ known.T
            found += list(np.argsort(-likeness, axis=1, kind="stable")[:, :number])
        return found

    def likeness(self) -> Floats:
        """For each judged example the cosine with its nearest training example, shape (examples,)."""
        nearest = self.nearest(range(len(self.test)), number=1)
        known, asked = self._centred()
        return np.asarray((asked * known[[int(rows[0]) for rows in nearest]]).sum(axis=1))

    def encode(self, items: Sequence[AbstractItem]) -> Floats:
        """Features of other inputs, which are not stored."""
        found = compute_features(self.model.backbone, items, pool=self.model.pool, store=None)
        return np.asarray(found.numpy(), dtype=np.float64)

    def heat(self, positions: Sequence[int], labels: Sequence[int]) -> list[Floats | None]:
        """See `measure_heat`; for pictures only."""
        if self.model.modality is not Modality.IMAGE:
            return [None] * len(positions)
        return measure_heat(self.model, [self.test[position].item for position in positions], labels)

    def seen(self, position: int) -> npt.NDArray[np.uint8]:
        """The part of a picture that the network sees, at its size, shape (height, width, 3)."""
        contract, item = self.model.backbone.contract, self.test[position].item
        assert isinstance(contract, ImageContract)
        assert isinstance(item, AbstractImageItem)
        return np.asarray(center_view(item.read(), contract).convert("RGB"))

    def words(self, positions: Sequence[int], labels: Sequence[int]) -> list[tuple[Part, ...]]:
        """See `measure_word_effects`; for texts only."""
        if self.model.modality is not Modality.TEXT:
            return [()] * len(positions)
        return measure_word_effects(self.model, [self.test[position].item for position in positions], labels)

    def moments(self, positions: Sequence[int], labels: Sequence[int]) -> list[Floats]:
        """See `measure_moment_effects`; for recordings only."""
        if self.model.modality is not Modality.AUDIO:
            return [np.empty(0)] * len(positions)
        return measure_moment_effects(self.model, [self.test[position].item for position in positions], labels)

    def _centred(self) -> tuple[Floats, Floats]:
        """Training and judged examples on the sphere around the mean of the training examples."""
        middle = self.train_features.mean(axis=0)
        return _on_the_sphere(self.train_features - middle), _on_the_sphere(self.features - middle)

    def _read(self, items: Sequence[AbstractItem]) -> Floats:
        store = ActivationStore(arithmetic=self.model.arithmetic)
        found = compute_features(self.model.backbone, items, pool=self.model.pool, store=store, reporter=self.reporter)
        return np.asarray(found.numpy(), dtype=np.float64)

    def _answers(self, features: Floats) -> Floats:
        return self.model.calibrate(score_features(self.model.head, torch.from_numpy(features).float()))


def _on_the_sphere(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))
