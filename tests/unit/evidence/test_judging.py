"""A control that has several draws is the one that the model beats least, and no more is drawn than is needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
import pytest

from injerto.core.evidence import Verdict
from injerto.core.plan import Phase, Plan
from injerto.core.progress import Silent
from injerto.evidence.control import AbstractControl, Trial
from injerto.evidence.judging import _compare
from injerto.tasks.task import Floats, tasks

NUM = 200
TARGETS = np.zeros(NUM, dtype=int)
PLAN = Plan(task="t", backbone="b", strategy="linear-probe", head="linear", phases=(Phase(name="head"),))


@dataclass
class Drawn(AbstractControl):
    """Right on the first so many examples, draw by draw."""

    numbers: Sequence[int]
    judges_transfer: ClassVar[bool] = True

    def probabilities(self, trial: Trial) -> Floats:
        right = np.arange(NUM) < self.numbers[0]
        return np.stack([right, ~right], axis=1).astype(float)

    def draws(self, trial: Trial) -> Iterator[Floats]:
        for number in self.numbers:
            yield Drawn([number]).probabilities(trial)


@pytest.mark.parametrize(
    ("numbers", "used", "strongest", "verdict"),
    [
        ([100, 140], 1, 100, Verdict.HELPED),  # 35 points ahead: luck does not give that.
        ([160, 150, 155], 3, 160, Verdict.HELPED),  # Ahead of all three.
        ([160, 168, 100], 2, 168, Verdict.INCONCLUSIVE),  # Not ahead of the second, and so not of all.
        ([190, 100], 1, 190, Verdict.HURT),
    ],
)
def test_the_strongest_draw_judges(numbers: list[int], used: int, strongest: int, verdict: Verdict) -> None:
    trial = Trial(
        plan=PLAN,
        task=tasks.get("image-classification")(),
        data=cast(Any, None),
        splits=cast(Any, None),
        load_backbone=lambda **_: cast(Any, None),
        store=None,
        reporter=Silent(),
    )
    correct = (np.arange(NUM) < 170).astype(float)
    result, right = _compare("drawn", Drawn(numbers), correct, TARGETS, trial, {"model": correct})
    assert result.num_draws == used
    assert result.accuracy == pytest.approx(strongest / NUM)
    assert right.sum() == strongest
    assert result.verdict is verdict
