"""Boxes around objects."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final, final

import numpy as np
import torch
from torch import Tensor

from injerto.core.plan import Pool
from injerto.core.survey import Modality
from injerto.data.arrays import Floats, Ints
from injerto.data.boxes.box import corner_array
from injerto.data.items import AbstractImageItem
from injerto.data.labelled import Example, LabelledData
from injerto.data.placement import PLACED, Placement, place_randomly, place_whole
from injerto.tasks.detection.layout import NOTHING, split_proposals
from injerto.tasks.detection.loss import detection_loss
from injerto.tasks.detection.quality import EpochQuality
from injerto.tasks.task import AbstractTask, Prediction, Seen, tasks

_LEAST_VISIBLE: Final = 0.3
"""Share of a box that a view has to show for the object to be asked for."""


@tasks.register
@final
class ObjectDetection(AbstractTask):
    """A class and a box for every object of a picture. Scores and targets are laid out as `detection.layout` says."""

    modality: ClassVar[Modality] = Modality.IMAGE
    summary: ClassVar[str] = "find objects in images: a box and a label each"
    metric: ClassVar[str] = "AP50"
    own_heads: ClassVar[Mapping[Pool, str]] = MappingProxyType({"queries": "queries", "maps": "feature-pyramid"})
    augment: ClassVar[str | None] = PLACED

    def loss(self, scores: Tensor, targets: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
        return detection_loss(scores, targets)

    def make_targets(self, data: LabelledData, positions: Sequence[int], seen: Seen | None = None) -> Tensor:
        """Shape (examples, objects, 5); crowds are left out: nothing is learnt from them."""
        assert seen is not None  # Boxes lie in what the network is shown.
        number_of = {label: number for number, label in enumerate(data.labels)}
        rows = []
        for index, position in enumerate(positions):
            example = data.examples[position]
            seed = seen.seeds[index] if seen.augment == PLACED else None
            rows.append(_target_rows(example, number_of, placement_of(example.item, seen.input_size, seed=seed)))
        most = max(1, max((len(row) for row in rows), default=1))
        targets = torch.full((len(rows), most, 5), float(NOTHING))
        for number, row in enumerate(rows):
            targets[number, : len(row)] = torch.from_numpy(row)
        return targets

    def evaluate(self, parts: Iterable[tuple[Tensor, Tensor]]) -> tuple[float, float]:
        """Mean loss, and AP50 in the input's own pixels; batch by batch, since scores are large."""
        total = number = 0.0
        quality = EpochQuality()
        for scores, targets in parts:
            total += float(self.loss(scores, targets)) * len(scores)
            number += len(scores)
            quality.add(scores, targets)
        return total / number, quality.precision()

    def probabilities(self, scores: Tensor, *, temperature: float) -> Floats:
        """That a picture holds an object of each class, by the surest proposal, shape (examples, labels)."""
        chance = split_proposals(scores.detach().double().cpu()).logits.sigmoid().amax(1)
        return np.asarray(chance.numpy(), dtype=np.float64)

    def fit_temperature(self, scores: Tensor, targets: Tensor) -> float:
        """A detector has a threshold instead."""
        return 1.0

    def correct(self, probabilities: Floats, targets: Ints) -> Floats:
        """Share of the classes about which it is right that a picture holds one."""
        return np.asarray(((probabilities > 0.5) == (targets > 0)).mean(axis=1), dtype=np.float64)

    def losses(self, probabilities: Floats, targets: Ints) -> Floats:
        clipped = np.clip(probabilities, 1e-15, 1 - 1e-15)
        return np.asarray(-np.where(targets > 0, np.log(clipped), np.log(1 - clipped)).mean(axis=1))

    def measure(self, probabilities: Floats, targets: Ints) -> dict[str, float]:
        return {"presence_accuracy": float(self.correct(probabilities, targets).mean())}

    def decode(self, probabilities: Floats, labels: tuple[str, ...]) -> list[Prediction]:
        return [
            Prediction(
                label=None,
                labels=tuple(label for label, value in zip(labels, row, strict=True) if value > 0.5),
                probability=float(row.max()),
                probabilities={label: float(value) for label, value in zip(labels, row, strict=True)},
            )
            for row in probabilities
        ]


def placement_of(item: object, input_size: tuple[int, int], *, seed: int | None = None) -> Placement:
    """How a picture lies in the input; with a seed, that of an augmented view."""
    assert isinstance(item, AbstractImageItem)  # The data are pictures.
    size = item.read_size()
    return place_whole(size, input_size) if seed is None else place_randomly(size, input_size, seed=seed)


def _target_rows(example: Example, number_of: dict[str, int], placement: Placement) -> np.ndarray:
    boxes = [box for box in example.boxes or () if not box.crowd]
    whole = placement.to_input(corner_array(boxes))
    shown = np.clip(whole, 0, 1)
    area = (whole[:, 2:] - whole[:, :2]).prod(axis=1)
    visible = (shown[:, 2:] - shown[:, :2]).clip(min=0).prod(axis=1)
    kept = visible >= _LEAST_VISIBLE * area
    classes = np.array([number_of[box.label] for box in boxes], dtype=np.float64)
    return np.asarray(np.concatenate([classes[:, None], shown], axis=1)[kept], dtype=np.float32)
