"""Which candidates and how many examples fit, and what is done when a prediction was wrong."""

from pathlib import Path

import numpy as np
import pytest

from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.plan import Plan
from injerto.core.progress import Silent
from injerto.data.labelled import LabelledData
from injerto.data.reading import read_data
from injerto.planning import first_pass as module
from injerto.planning.budget import Budget
from injerto.planning.cost_log import CostLog
from injerto.planning.first_pass import Passing
from injerto.planning.prediction import Foresight


@pytest.fixture
def backbones(network_folder: Path) -> list[AbstractBackbone]:
    return [load_backbone("injerto-mix-r10"), load_backbone(str(network_folder))]


def passing(data: LabelledData, budget: Budget) -> Passing:
    def no_plans(_: AbstractBackbone) -> list[Plan]:
        return []

    return Passing(
        data=data,
        positions=np.arange(len(data)),
        store=ActivationStore(),
        budget=budget,
        foresight=Foresight(log=CostLog("here"), operations_per_second=45e9, num_classes=3, meter=None),
        plans_of=no_plans,
        sizes=(30, 5, 20),
        seed=0,
        reporter=Silent(),
    )


def test_without_a_deadline_all_candidates_see_all_examples(pictures: Path, backbones: list[AbstractBackbone]) -> None:
    first = passing(read_data(pictures), Budget()).run(backbones)
    assert len(first.scores) == len(first.costs) == 2
    assert first.time.num_planned == first.time.num_scored == 60
    assert first.left_out == {}
    assert all(cost.how == "timed" and cost.forward_gflop > 0 and cost.disk_mb > 0 for cost in first.costs)


def test_examples_go_before_candidates_do_and_the_quickest_stays(
    pictures: Path, backbones: list[AbstractBackbone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ENOUGH_TO_SCORE", 20)
    # A second an example for the large one, a tenth for the small one.
    monkeypatch.setattr(
        Foresight,
        "predict_pass",
        lambda _, timings, number: sum(number * (1.0 if t.num_parameters > 1e6 else 0.1) for t in timings),
    )
    whole = passing(read_data(pictures), Budget())
    timings = whole._time(backbones)
    kept, number = whole._fit(timings, 40)
    assert len(kept) == 2
    assert 20 <= number <= 36
    kept, number = whole._fit(timings, 10)
    assert [one.backbone for one in kept] == [backbones[1]]
    assert number == 60
    assert "20 examples" in whole._left_out["injerto-mix-r10"]
    kept, number = whole._fit(timings, 0)
    assert [one.backbone for one in kept] == [backbones[1]]
    assert number == module._LEAST_TO_SCORE


def test_a_pass_that_does_not_end_in_time_leaves_scores_of_fewer_examples(
    pictures: Path, backbones: list[AbstractBackbone]
) -> None:
    spent = Budget(1e-9)
    first = passing(read_data(pictures), spent).run(backbones)
    assert len(first.scores) == 1
    assert first.scores[0].kept
    assert first.time.num_scored == module._LEAST_TO_SCORE
    assert len(first.left_out) == 1


def test_a_pass_is_learnt_from(pictures: Path, backbones: list[AbstractBackbone]) -> None:
    passing(read_data(pictures), Budget()).run(backbones[1:])
    log = CostLog("here")
    assert log.estimate_ratio("first pass", num_train=60, num_classes=3, default=1e6) < 1e6
