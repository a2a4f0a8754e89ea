"""From the scores of a picture to its boxes: the best proposals, each object once."""

import numpy as np
import torch
from torch import Tensor

from injerto.core.detection import DetectedBox
from injerto.data.placement import Placement
from injerto.tasks.detection.layout import split_proposals

MOST_BOXES = 100
"""Of a picture, as COCO counts them."""
_LEAST_SCORE = 0.01
_MOST_PROPOSALS = 1000
SUPPRESS_ABOVE = 0.6
"""Overlap of two boxes of one class that are taken for one object, where points propose them."""


def decode_boxes(scores_PN: Tensor, placement: Placement, labels: tuple[str, ...]) -> tuple[DetectedBox, ...]:
    """Boxes in pixels of the picture, the surest first; scores of shape (proposals, classes + 7)."""
    proposals = split_proposals(scores_PN[None].float())
    suppress_above = None if proposals.are_queries else SUPPRESS_ABOVE
    chance_PC, boxes_P4 = proposals.logits[0].sigmoid(), proposals.boxes[0]
    return pick_boxes(chance_PC, boxes_P4, placement, labels, suppress_above=suppress_above)


def pick_boxes(
    chance_PC: Tensor,
    boxes_P4: Tensor,
    placement: Placement,
    labels: tuple[str, ...],
    *,
    suppress_above: float | None,
) -> tuple[DetectedBox, ...]:
    """The best boxes of a picture.

    Args:
        chance_PC: of each proposal and class.
        boxes_P4: left, top, right, bottom, as fractions of the input.
        suppress_above: overlap of two boxes of one class that are taken for one object. Points propose an object
            several times, so all but the best of a heap go; None for queries, which were taught to do so once.
    """
    proposal, label = torch.nonzero(chance_PC > _LEAST_SCORE, as_tuple=True)
    score = chance_PC[proposal, label]
    best = score.argsort(descending=True, stable=True)[:_MOST_PROPOSALS]
    score, label, boxes = score[best], label[best], boxes_P4[proposal[best]]
    if suppress_above is not None:
        # NMS in pixels of the input: shares would distort nothing, but batched_nms shifts classes apart by sizes.
        kept = _suppress(boxes * boxes.new_tensor(placement.input_size * 2), score, label, suppress_above)
        score, label, boxes = score[kept], label[kept], boxes[kept]
    score, label, boxes = score[:MOST_BOXES], label[:MOST_BOXES], boxes[:MOST_BOXES]
    corners = placement.to_picture(boxes.double().cpu().numpy())
    return tuple(
        make_box(labels[int(number)], float(chance), corner)
        for number, chance, corner in zip(label, score, corners, strict=True)
        if corner[2] > corner[0] and corner[3] > corner[1]
    )


def _suppress(corners: Tensor, score: Tensor, label: Tensor, suppress_above: float) -> Tensor:
    """Positions of the boxes that stay, the surest first."""
    from torchvision.ops import batched_nms  # Only detectors need it.

    return torch.as_tensor(batched_nms(corners, score, label, suppress_above))


def make_box(label: str, score: float, corners: np.ndarray) -> DetectedBox:
    """A box from its corners."""
    left, top, right, bottom = (round(float(value), 3) for value in corners)
    return DetectedBox(label=label, score=score, left=left, top=top, right=right, bottom=bottom)


def merge_tiles(boxes: list[DetectedBox], labels: tuple[str, ...]) -> tuple[DetectedBox, ...]:
    """Boxes of overlapping tiles as those of one picture."""
    if not boxes:
        return ()
    corners = torch.tensor([[box.left, box.top, box.right, box.bottom] for box in boxes], dtype=torch.float64)
    score = torch.tensor([box.score for box in boxes], dtype=torch.float64)
    label = torch.tensor([labels.index(box.label) for box in boxes])
    kept = _suppress(corners, score, label, SUPPRESS_ABOVE)[: MOST_BOXES * 10]
    return tuple(boxes[int(position)] for position in kept)
