"""The boxes that a detector finds, its frozen maps read from the store where they are there."""

from collections.abc import Sequence
from typing import Final

import torch

from injerto.activations.reading import compute_maps
from injerto.activations.store.store import ActivationStore
from injerto.artifacts.detecting import boxes_of_scores, find_boxes
from injerto.artifacts.model import Model
from injerto.core.detection import DetectedBox
from injerto.core.progress import Reporter
from injerto.data.arrays import Ints
from injerto.data.items import AbstractItem
from injerto.data.labelled import LabelledData
from injerto.tasks.detection.metrics import Pictures

_BATCH: Final = 16

Boxes = list[tuple[DetectedBox, ...]]
"""Of each picture, however unsure."""


@torch.no_grad()
def answer_boxes(
    model: Model, items: Sequence[AbstractItem], *, store: ActivationStore | None, reporter: Reporter | None = None
) -> Boxes:
    """All boxes of each picture. A network that training changed is not worth storing."""
    if store is None or model.backbone_changed:
        return list(find_boxes(model, items))
    maps = compute_maps(model.backbone, items, pool=model.pool, store=store, reporter=reporter)
    rows = maps.stored.select([item.digest for item in items])
    model.head.eval()
    found: Boxes = []
    for start in range(0, len(items), _BATCH):
        some = range(start, min(start + _BATCH, len(items)))
        scores = model.head(rows.gather(some).to(model.backbone.device()))
        found += boxes_of_scores(model, items[some.start : some.stop], scores)
    return found


def pictures_of(data: LabelledData, positions: Ints, labels: tuple[str, ...]) -> Pictures:
    """The known boxes of some examples."""
    return Pictures(boxes=[data.examples[int(i)].boxes or () for i in positions], labels=labels)
