"""What a model answers, frozen activations read from the store; the frames of all recordings are never in memory."""

from collections.abc import Iterator, Sequence
from typing import Final

from torch import Tensor

from injerto.activations.reading import compute_features, store_frames
from injerto.activations.store.store import ActivationStore
from injerto.artifacts.model import Model, score_features
from injerto.core.progress import Reporter, Silent
from injerto.data.items import AbstractItem
from injerto.tasks.task import Floats

_AT_A_TIME: Final = 64
"""Recordings whose frames are in memory together."""


def answer(
    model: Model, items: Sequence[AbstractItem], *, store: ActivationStore | None, reporter: Reporter | None = None
) -> Floats:
    """Calibrated answers, one an item; `Model.probabilities` with a store."""
    parts = _score_in_parts(model, items, store, reporter or Silent())
    return model.task.join_answers([model.calibrate(scores) for scores in parts])


def score(
    model: Model, items: Sequence[AbstractItem], *, store: ActivationStore | None, reporter: Reporter | None = None
) -> Tensor:
    """Uncalibrated scores of every item, on the CPU."""
    return model.task.join_scores(list(_score_in_parts(model, items, store, reporter or Silent())))


def _score_in_parts(
    model: Model, items: Sequence[AbstractItem], store: ActivationStore | None, reporter: Reporter
) -> Iterator[Tensor]:
    if model.pool != "frames":
        features = compute_features(model.backbone, items, pool=model.pool, store=store, reporter=reporter)
        yield score_features(model.head, features)
        return
    if store is not None:
        store_frames(model.backbone, items, store=store, reporter=reporter)
    for start in range(0, max(1, len(items)), _AT_A_TIME):
        some = items[start : start + _AT_A_TIME]
        yield score_features(model.head, compute_features(model.backbone, some, pool="frames", store=store))
