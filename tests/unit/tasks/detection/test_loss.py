"""The loss wants what it should: right boxes cost least, padding teaches nothing, queries are matched one to one."""

import pytest
import torch

from injerto.tasks.detection.assigning import assign
from injerto.tasks.detection.layout import join_proposals, split_proposals
from injerto.tasks.detection.loss import detection_loss

TARGETS = torch.tensor([[[0, 0.1, 0.1, 0.4, 0.4], [1, 0.5, 0.5, 0.9, 0.9], [-1, -1, -1, -1, -1]]])


def _grid(boxes: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    places = torch.tensor([[0.25, 0.25, 0.2], [0.7, 0.7, 0.2], [0.95, 0.05, 0.2]])
    return join_proposals(logits, boxes, places)


def _right() -> tuple[torch.Tensor, torch.Tensor]:
    boxes = torch.tensor([[[0.1, 0.1, 0.4, 0.4], [0.5, 0.5, 0.9, 0.9], [0.9, 0.0, 1.0, 0.1]]])
    logits = torch.tensor([[[8.0, -8], [-8, 8], [-8, -8]]])
    return boxes, logits


@pytest.mark.parametrize("as_queries", [False, True])
def test_right_boxes_cost_less_than_wrong_ones(as_queries: bool) -> None:
    boxes, logits = _right()
    right = join_proposals(logits, boxes) if as_queries else _grid(boxes, logits)
    moved = join_proposals(logits, boxes + 0.15) if as_queries else _grid(boxes + 0.15, logits)
    confused = join_proposals(logits.flip(2), boxes) if as_queries else _grid(boxes, logits.flip(2))
    least = detection_loss(right, TARGETS)
    assert least < 0.01
    assert detection_loss(moved, TARGETS) > least + 0.1
    assert detection_loss(confused, TARGETS) > least + 0.1


def test_points_answer_for_the_object_that_they_lie_in() -> None:
    boxes, logits = _right()
    assigned = assign(split_proposals(_grid(boxes, logits)), TARGETS)
    assert assigned.object_BP.tolist() == [[0, 1, -1]]
    assert assigned.quality_BP[0].tolist() == pytest.approx([1, 1, 0], abs=1e-5)


def test_each_object_has_one_query() -> None:
    boxes = torch.rand(1, 20, 4).sort(dim=2).values
    assigned = assign(split_proposals(join_proposals(torch.zeros(1, 20, 2), boxes)), TARGETS)
    assert sorted(assigned.object_BP[0].tolist())[-2:] == [0, 1]
    assert (assigned.object_BP >= 0).sum() == 2


@pytest.mark.parametrize("as_queries", [False, True])
def test_a_picture_without_objects_teaches_that_nothing_is_there(as_queries: bool) -> None:
    boxes, logits = _right()
    logits.requires_grad_(True)
    scores = join_proposals(logits, boxes) if as_queries else _grid(boxes, logits)
    empty = torch.full((1, 1, 5), -1.0)
    detection_loss(scores, empty).backward()
    assert logits.grad is not None
    assert bool((logits.grad >= 0).all())
    assert bool((logits.grad[0, 0] > 0).any())


def test_padding_changes_nothing() -> None:
    boxes, logits = _right()
    more = torch.cat([TARGETS, torch.full((1, 4, 5), -1.0)], dim=1)
    assert detection_loss(_grid(boxes + 0.05, logits), TARGETS) == detection_loss(_grid(boxes + 0.05, logits), more)
