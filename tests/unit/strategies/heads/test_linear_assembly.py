"""Absent classes never win, and are never impossible."""

import torch

from injerto.strategies.heads.linear_assembly import (
    ABSENT_SCORE,
    assemble_binary,
    assemble_labels,
    assemble_linear,
    constant_linear,
)


def test_rows_of_all_classes_are_kept_as_they_are() -> None:
    weight, bias = torch.tensor([[1.0], [2.0]]), torch.tensor([-100.0, -200.0])
    head = assemble_linear(weight, bias, torch.tensor([0, 1]), 2)
    assert head(torch.zeros(1, 1)).tolist() == [[-100.0, -200.0]]


def test_absent_classes_lose_even_where_every_margin_is_far_below_zero() -> None:
    weight, bias = torch.tensor([[1.0], [2.0]]), torch.tensor([-1000.0, -2000.0])
    head = assemble_linear(weight, bias, torch.tensor([1, 3]), 4)
    scores = head(torch.tensor([[-5000.0], [0.0], [5000.0]]))
    assert scores.argmax(1).tolist() == [1, 1, 3]
    assert scores[:, [0, 2]].unique().tolist() == [ABSENT_SCORE]
    given = torch.tensor([[-5000.0], [0.0], [5000.0]]) @ weight.T + bias
    torch.testing.assert_close(scores[:, [1, 3]].softmax(1), given.softmax(1))


def test_the_softmax_of_a_binary_head_is_the_sigmoid_of_its_margin() -> None:
    head = assemble_binary(torch.tensor([2.0]), torch.tensor(-1.0), torch.tensor([0, 1]), 2)
    features = torch.linspace(-3, 3, 7)[:, None]
    torch.testing.assert_close(head(features).softmax(1)[:, 1], torch.sigmoid(2 * features[:, 0] - 1))


def test_a_constant_head_answers_its_class() -> None:
    head = constant_linear(2, 1, 3)
    assert head(torch.randn(5, 2)).argmax(1).tolist() == [1] * 5


def test_labels_that_all_or_no_examples_have_are_answered_without_looking() -> None:
    head = assemble_labels(torch.ones(3, 2), torch.zeros(3), torch.tensor([0.0, 0.5, 1.0]))
    assert head(torch.tensor([[1.0, 2.0]])).tolist() == [[ABSENT_SCORE, 3.0, -ABSENT_SCORE]]
