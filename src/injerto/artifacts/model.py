"""A trained model: backbone, head, labels and temperature. What it answers does not change by saving and loading."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

import torch
from torch import Tensor

from injerto.artifacts.detecting import detect, find_boxes
from injerto.artifacts.familiarity import Familiarity
from injerto.backbones.backbone import AbstractBackbone, Pool
from injerto.core.arithmetic import Arithmetic
from injerto.core.detection import DetectedBox
from injerto.core.messages import say
from injerto.core.progress import Reporter, Silent
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem
from injerto.data.unlabelled import read_inputs
from injerto.strategies.heads.head import AbstractHead
from injerto.tasks.task import AbstractTask, Floats, Prediction

_SCORE_BATCH: Final = 4096
_FEATURE_BATCH: Final = 32


@final
@dataclass(kw_only=True)
class Model:
    """A backbone with a grown head.

    >>> model = injerto.load("flowers-model")                      # doctest: +SKIP
    >>> model.predict(["new.jpg"])[0].label                        # doctest: +SKIP
    'tulip'
    """

    task_name: str
    task: AbstractTask
    backbone: AbstractBackbone
    head: AbstractHead
    labels: tuple[str, ...]
    multi_label: bool
    pool: Pool
    temperature: float = 1.0
    threshold: float = 0.5
    """Score from which on a box of a detector counts, chosen on the tune split."""
    familiarity: Familiarity | None = None
    """What tells inputs from those that the model was never told of; None where that was not measured."""
    backbone_changed: bool = False
    """Whether training changed the backbone; if not, an artifact refers to it by digest."""
    arithmetic: Arithmetic = "close"
    """How coarsely its plan lets frozen layers be computed, where many inputs are answered at once."""

    @property
    def finds_boxes(self) -> bool:
        """Whether it is a detector, whose `predict` gives boxes above `threshold`."""
        return self.pool in ("maps", "queries")

    @property
    def modality(self) -> Modality:
        return self.task.modality

    def predict(self, inputs: Sequence[object]) -> list[Prediction]:
        """Labels with calibrated probabilities, one for each input, in order.

        An input is a path, a picture or pixel array for images; a text for texts; a path or a pair (samples, rate) for
        recordings.
        Raises `DataError` naming an input that cannot be read.
        """
        return self.predict_items([item for _, item in read_inputs(inputs, modality=self.modality)])

    def predict_items(self, items: Sequence[AbstractItem]) -> list[Prediction]:
        """`predict` for what is already read; a detector gives `Detections`, which hold the boxes too."""
        if self.finds_boxes:
            return list(detect(self, items))
        return self.task.decode(self.probabilities(items), self.labels)

    def find_boxes(self, items: Sequence[AbstractItem]) -> Iterator[tuple[DetectedBox, ...]]:
        """All boxes of each whole picture, however unsure."""
        return find_boxes(self, items)

    def probabilities(self, items: Sequence[AbstractItem], *, reporter: Reporter | None = None) -> Floats:
        """Calibrated probabilities, shape (items, labels)."""
        return self.task.join_answers([self.calibrate(part) for part in self._score(items, reporter)])

    def calibrate(self, scores: Tensor) -> Floats:
        """Probabilities of scores, at the temperature chosen on the tune split."""
        return self.task.probabilities(scores, temperature=self.temperature)

    @torch.no_grad()
    def features(self, items: Sequence[AbstractItem]) -> Tensor:
        """What the head reads, shape (items, features), on the CPU; nothing is stored."""
        self.backbone.eval()
        parts = []
        for start in range(0, len(items), _FEATURE_BATCH):
            inputs = self.backbone.prepare(items[start : start + _FEATURE_BATCH])
            placed = {name: value.to(self.backbone.device()) for name, value in inputs.items()}
            parts.append(self.backbone(placed, self.pool).float().cpu())
        return torch.cat(parts)

    @torch.no_grad()
    def scores(self, items: Sequence[AbstractItem], *, reporter: Reporter | None = None) -> Tensor:
        """Uncalibrated scores, shape (items, labels), on the CPU; nothing is stored."""
        return self.task.join_scores(list(self._score(items, reporter)))

    @torch.no_grad()
    def _score(self, items: Sequence[AbstractItem], reporter: Reporter | None) -> Iterator[Tensor]:
        self.backbone.eval()
        starts = range(0, len(items), _FEATURE_BATCH)
        if not items:
            yield torch.zeros(0, *([0] if self.task.writes_text else []), len(self.labels) + self.task.writes_text)
        for start in (reporter or Silent()).track(starts, label=say("progress.predicting"), total=len(starts)):
            inputs = self.backbone.prepare(items[start : start + _FEATURE_BATCH])
            placed = {name: value.to(self.backbone.device()) for name, value in inputs.items()}
            yield score_features(self.head, self.backbone(placed, self.pool).float())


@torch.no_grad()
def score_features(head: AbstractHead, features: Tensor) -> Tensor:
    """Scores of features, in chunks so that memory stays flat, on the CPU."""
    head.eval()
    device = next((tensor.device for tensor in head.state_dict().values()), torch.device("cpu"))
    parts = [features[start : start + _SCORE_BATCH] for start in range(0, max(1, len(features)), _SCORE_BATCH)]
    return torch.cat([head(part.to(device)).float().cpu() for part in parts])
