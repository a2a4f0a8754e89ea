import numpy as np
import pytest

from injerto.core.answers_on_test import AnswersOnTest
from injerto.evidence.answered import Answered, wilson


def test_counts_mistakes_and_confusions_of_a_known_table() -> None:
    answers = AnswersOnTest(
        examples="",
        targets=((0,), (0,), (0,), (1,), (1,), (2,)),
        top=((0, 1), (1, 0), (1, 2), (1, 0), (0, 2), (2, 1)),
        probabilities=((0.9, 0.1), (0.6, 0.4), (0.8, 0.2), (0.7, 0.3), (0.5, 0.4), (0.9, 0.1)),
    )
    answered = Answered.of(answers, num_labels=3)
    assert answered.counts().tolist() == [[1, 2, 0], [1, 1, 0], [0, 0, 1]]
    assert [column.tolist() for column in answered.count()] == [[3, 2, 1], [2, 3, 1], [1, 1, 1]]
    assert answered.mistakes().tolist() == [2, 1, 4]
    cells = answered.confused()
    assert [(cell.target, cell.predicted, cell.positions.tolist()) for cell in cells] == [(0, 1, [2, 1]), (1, 0, [4])]


def test_wilson_is_that_of_the_textbook() -> None:
    # Brown, Cai and DasGupta 2001, Statistical Science 16: closed form, by hand for 8 of 10.
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    for total in (1, 5, 50):
        assert wilson(0, total)[0] == 0
        assert wilson(total, total)[1] == pytest.approx(1)


def test_mistakes_without_any_are_empty() -> None:
    one = np.array([0, 1])
    answered = Answered(target=one, predicted=one, confidence=np.array([0.5, 0.6]), num_labels=2)
    assert len(answered.mistakes()) == 0
    assert answered.confused() == []
