"""What a trained model answers, its frozen activations read from the store where they are there."""

from collections.abc import Sequence

from injerto.activations.reading import compute_features
from injerto.activations.store.store import ActivationStore
from injerto.artifacts.model import Model, score_features
from injerto.core.progress import Reporter
from injerto.data.items import AbstractItem
from injerto.tasks.task import Floats


def answer(
    model: Model, items: Sequence[AbstractItem], *, store: ActivationStore | None, reporter: Reporter | None = None
) -> Floats:
    """Calibrated probabilities, shape (items, labels); `Model.probabilities` with a store."""
    features = compute_features(model.backbone, items, pool=model.pool, store=store, reporter=reporter)
    return model.calibrate(score_features(model.head, features))
