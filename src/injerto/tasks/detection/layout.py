"""How the scores of a detector and the targets of an image are laid out as tensors.

Every detector, dense or with queries, gives one tensor of shape (images, proposals, classes + 7):

    classes     logits, one a class; an object is there as far as its sigmoid says so
    box         left, top, right, bottom, as fractions of the prepared input
    place       x and y of the point that proposes, and how far apart such points are; all 0 for a query, which has none

The place travels along so that the loss needs to know no network. Targets have the shape (images, objects, 5): the
class, and the box in the same fractions. Rows of class -1 fill up images with fewer objects.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

BOX_NUMBERS: Final = 7
NOTHING: Final = -1
"""Class of the rows of a target that hold no object."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposals:
    """The parts of a score tensor."""

    logits: Tensor
    """Shape (images, proposals, classes)."""
    boxes: Tensor
    """Shape (images, proposals, 4)."""
    places: Tensor
    """Shape (images, proposals, 3)."""

    @property
    def are_queries(self) -> bool:
        """Whether no proposal has a place of its own."""
        return not bool(self.places[..., 2].any())


def join_proposals(logits: Tensor, boxes: Tensor, places: Tensor | None = None) -> Tensor:
    """The score tensor of its parts; `places`, shape (proposals, 3), is None for queries."""
    batch, number, _ = boxes.shape
    if places is None:
        places = boxes.new_zeros(number, 3)
    return torch.cat([logits, boxes, places.to(boxes).expand(batch, number, 3)], dim=2)


def split_proposals(scores: Tensor) -> Proposals:
    """The parts of a score tensor."""
    classes = scores.shape[2] - BOX_NUMBERS
    logits, boxes, places = torch.split(scores, [classes, 4, 3], dim=2)
    return Proposals(logits=logits, boxes=boxes, places=places)
