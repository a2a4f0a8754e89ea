"""Heads that were timed take the place of counted operations."""

from dataclasses import replace
from pathlib import Path

import pytest

from injerto.activations.reading import PassSpeed
from injerto.backbones.loading import load_backbone
from injerto.core.plan import Phase, Plan
from injerto.planning.cost_log import CostLog
from injerto.planning.head_timing import MOST_EXAMPLES, HeadTiming, time_heads
from injerto.planning.prediction import Foresight
from injerto.planning.timing import CandidateTiming

SIZES = (MOST_EXAMPLES, 5, 20)


def plan(strategy: str, phase: Phase, pool: str = "pooled") -> Plan:
    return Plan.model_validate(
        {"task": "t", "backbone": "b", "strategy": strategy, "head": "x", "phases": (phase,), "pool": pool}
    )


SOLVED = Phase(name="head", solver="closed-form")


@pytest.fixture
def timing(network_folder: Path) -> CandidateTiming:
    return CandidateTiming(
        backbone=load_backbone(str(network_folder)),
        num_flops=0,
        read_and_forward=0.1,
        training=0.3,
        pass_speed=PassSpeed(setup_seconds=0, seconds_per_item=0, num_missing=0),
        num_items=100,
        heads=HeadTiming(linear=7.0, several=11.0, step=0.01, num_examples=MOST_EXAMPLES, num_classes=4),
    )


def test_a_fit_of_the_timed_size_takes_what_was_timed(timing: CandidateTiming) -> None:
    for speed in (1e9, 90e9):
        foresight = Foresight(log=CostLog("here"), operations_per_second=speed, num_classes=4, meter=None)
        assert foresight.predict_trial(plan("linear-probe", SOLVED), timing, SIZES).basis == pytest.approx(7)
        assert foresight.predict_trial(plan("multi-layer", SOLVED, "taps"), timing, SIZES).basis == pytest.approx(11)


def test_more_examples_take_longer_by_the_law_and_steps_by_their_number(timing: CandidateTiming) -> None:
    foresight = Foresight(log=CostLog("here"), operations_per_second=90e9, num_classes=4, meter=None)
    more = (2000, 5, 20)
    assert foresight.predict_trial(plan("linear-probe", SOLVED), timing, more).basis > 7
    descending = Phase(name="head", epochs=10, batch_size=16)
    few, many = (
        foresight.predict_trial(plan("mlp-head", descending.model_copy(update={"epochs": epochs})), timing, SIZES)
        for epochs in (10, 20)
    )
    assert many.basis - few.basis == pytest.approx(10 * 3 * 1.75 * 0.01)
    untimed = replace(timing, heads=None)
    assert foresight.predict_trial(plan("linear-probe", SOLVED), untimed, SIZES).basis < 1


def test_heads_of_any_task_are_timed_on_few_examples() -> None:
    found = time_heads({"stem": 3, "pooled": 5}, num_classes=1000, num_examples=10_000)
    assert min(found.linear, found.several, found.step) > 0
    assert (found.num_examples, found.num_classes) == (48, 24)
    assert time_heads({"pooled": 2}, num_classes=2, num_examples=3).num_examples == 4
