"""Which proposals answer for which object while training: by how well they do already, task-aligned or one to one."""

# B images, P proposals, M objects (the rows of targets), C classes.

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torchvision.ops import box_iou, generalized_box_iou

from injerto.tasks.detection.layout import NOTHING, Proposals

_MOST_POINTS: Final = 10
"""Points that answer for one object."""
_SCORE_POWER: Final = 0.5
_OVERLAP_POWER: Final = 4.0
_CLASS_COST, _CORNER_COST, _OVERLAP_COST = 2.0, 5.0, 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """For every proposal the object that it answers for, and how surely."""

    object_BP: Tensor
    """Row of the target; -1 where a proposal answers for none."""
    quality_BP: Tensor
    """What the score of the object's class should be, in [0, 1]; 0 where a proposal answers for none."""


@torch.no_grad()
def assign(proposals: Proposals, targets_BM5: Tensor) -> Assignment:
    """By the rule that fits the proposals: several points for an object, or one query for each."""
    return _match(proposals, targets_BM5) if proposals.are_queries else _align(proposals, targets_BM5)


def pairwise_overlap(boxes_BP4: Tensor, others_BM4: Tensor) -> Tensor:
    """Intersection over union of every pair, shape (B, P, M)."""
    low = torch.maximum(boxes_BP4[:, :, None, :2], others_BM4[:, None, :, :2])
    high = torch.minimum(boxes_BP4[:, :, None, 2:], others_BM4[:, None, :, 2:])
    both = (high - low).clamp(min=0).prod(-1)
    areas = (_areas(boxes_BP4)[:, :, None] + _areas(others_BM4)[:, None]) - both
    return both / areas.clamp(min=1e-9)


def _align(proposals: Proposals, targets_BM5: Tensor) -> Assignment:
    """Task-aligned assignment (Feng et al. 2021, TOOD, arXiv 2108.07755).

    Points inside an object compete by score^a * overlap^b; the best few answer for it, and their score shall be their
    overlap, scaled so that the best of an object reaches the overlap of the best. A point that two objects want goes
    to the one it overlaps more.
    """
    classes_BM, boxes_BM4 = targets_BM5[..., 0].long(), targets_BM5[..., 1:]
    is_object_BM = classes_BM != NOTHING
    overlap_BPM = pairwise_overlap(proposals.boxes, boxes_BM4)
    logit_BPM = proposals.logits.gather(2, classes_BM.clamp(min=0)[:, None].expand(-1, proposals.logits.shape[1], -1))
    fit_BPM = logit_BPM.sigmoid() ** _SCORE_POWER * overlap_BPM**_OVERLAP_POWER
    inside_BPM = _inside(proposals.places, boxes_BM4) & is_object_BM[:, None]
    fit_BPM = fit_BPM.masked_fill(~inside_BPM, 0.0)
    best = fit_BPM.topk(min(_MOST_POINTS, fit_BPM.shape[1]), dim=1)
    chosen_BPM = torch.zeros_like(inside_BPM).scatter_(1, best.indices, best.values > 0)
    overlap_here_BPM = torch.where(chosen_BPM, overlap_BPM, torch.full_like(overlap_BPM, -1.0))
    best_overlap_BP, object_BP = overlap_here_BPM.max(dim=2)
    is_taken_BP = best_overlap_BP >= 0
    chosen_BPM &= torch.nn.functional.one_hot(object_BP, chosen_BPM.shape[2]).bool() & is_taken_BP[..., None]
    fit_BPM = torch.where(chosen_BPM, fit_BPM, torch.zeros_like(fit_BPM))
    best_fit_BM = fit_BPM.amax(1, keepdim=True).clamp(min=1e-12)
    best_overlap_BM = torch.where(chosen_BPM, overlap_BPM, torch.zeros_like(overlap_BPM)).amax(1, keepdim=True)
    quality_BP = (fit_BPM / best_fit_BM * best_overlap_BM).amax(2)
    return Assignment(object_BP=object_BP.masked_fill(~is_taken_BP, -1), quality_BP=quality_BP)


def _inside(places_BP3: Tensor, boxes_BM4: Tensor) -> Tensor:
    """Whether a point lies in an object, or next to its middle: small objects lie between points."""
    x, y, reach = (places_BP3[..., i, None] for i in range(3))
    left, top, right, bottom = (boxes_BM4[:, None, :, i] for i in range(4))
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    in_box = (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
    return in_box | (((x - middle_x).abs() < reach) & ((y - middle_y).abs() < reach))


def _match(proposals: Proposals, targets_BM5: Tensor) -> Assignment:
    """One query for each object, the cheapest pairing (Carion et al. 2020, DETR, arXiv 2005.12872).

    Scores are sigmoids, with the costs of Zhu et al. 2021 (Deformable DETR, arXiv 2010.04159).
    """
    from scipy.optimize import linear_sum_assignment  # With scikit-learn; only query detectors need it.

    batch, number, _ = proposals.boxes.shape
    object_BP = torch.full((batch, number), -1, dtype=torch.long)
    for image in range(batch):
        rows = torch.nonzero(targets_BM5[image, :, 0] != NOTHING).flatten()
        if not len(rows):
            continue
        classes, boxes = targets_BM5[image, rows, 0].long(), targets_BM5[image, rows, 1:]
        chance = proposals.logits[image].sigmoid()[:, classes]
        positive = 0.25 * (1 - chance) ** 2 * -(chance + 1e-8).log()
        negative = 0.75 * chance**2 * -(1 - chance + 1e-8).log()
        found = proposals.boxes[image]
        cost = _CLASS_COST * (positive - negative) + _CORNER_COST * torch.cdist(_middles(found), _middles(boxes), p=1)
        cost = cost - _OVERLAP_COST * generalized_box_iou(found, boxes)
        queries, objects = linear_sum_assignment(np.nan_to_num(cost.cpu().numpy(), nan=1e6, posinf=1e6, neginf=-1e6))
        object_BP[image, torch.from_numpy(queries)] = rows.cpu()[torch.from_numpy(objects)]
    object_BP = object_BP.to(proposals.boxes.device)
    return Assignment(object_BP=object_BP, quality_BP=(object_BP >= 0).to(proposals.boxes.dtype))


def _middles(boxes: Tensor) -> Tensor:
    """Middle, width and height."""
    return torch.cat([(boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]], dim=-1)


def _areas(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)


__all__ = ["Assignment", "assign", "box_iou", "pairwise_overlap"]
