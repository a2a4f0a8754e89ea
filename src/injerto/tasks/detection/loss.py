"""The training loss of a detector: scores that say how well a box fits, and boxes that fit."""

# B images, P proposals, M objects, C classes.

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.ops import generalized_box_iou_loss

from injerto.tasks.detection.assigning import assign
from injerto.tasks.detection.layout import split_proposals

_BOX_WEIGHT: Final = 2.0
_CORNER_WEIGHT: Final = 5.0
_FOCUS: Final = 2.0
_NEGATIVE_WEIGHT: Final = 0.75


def detection_loss(scores_BPN: Tensor, targets_BM5: Tensor) -> Tensor:
    """Varifocal loss on the scores, GIoU on the boxes, and L1 on those of queries; a mean over objects.

    References:
        Zhang et al. 2021, VarifocalNet, arXiv 2008.13367; Rezatofighi et al. 2019, arXiv 1902.09630.
    """
    proposals = split_proposals(scores_BPN)
    assigned = assign(proposals, targets_BM5)
    taken_BP = assigned.object_BP >= 0
    classes_BM = targets_BM5[..., 0].long().clamp(min=0)
    class_BP = classes_BM.gather(1, assigned.object_BP.clamp(min=0))
    wanted_BPC = functional.one_hot(class_BP, proposals.logits.shape[2]) * assigned.quality_BP[..., None]
    chance_BPC = proposals.logits.detach().sigmoid()
    weight_BPC = torch.where(wanted_BPC > 0, wanted_BPC, _NEGATIVE_WEIGHT * chance_BPC**_FOCUS)
    total = assigned.quality_BP.sum().clamp(min=1.0)
    score_loss = functional.binary_cross_entropy_with_logits(
        proposals.logits, wanted_BPC, weight=weight_BPC, reduction="sum"
    )
    boxes_BP4 = targets_BM5[..., 1:].gather(1, assigned.object_BP.clamp(min=0)[..., None].expand(-1, -1, 4))
    found, wanted, quality = proposals.boxes[taken_BP], boxes_BP4[taken_BP], assigned.quality_BP[taken_BP]
    box_loss = _BOX_WEIGHT * (generalized_box_iou_loss(found, wanted, reduction="none") * quality).sum()
    if proposals.are_queries:
        box_loss = box_loss + _CORNER_WEIGHT * functional.l1_loss(found, wanted, reduction="sum")
    return torch.as_tensor((score_loss + box_loss) / total)
