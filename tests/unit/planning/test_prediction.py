"""Predictions: parts add up, early stopping is expected where it can happen, and the log is learnt from."""

from pathlib import Path

import pytest

from injerto.activations.reading import PassSpeed
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.plan import Phase, Plan
from injerto.planning.cost_log import CostLog
from injerto.planning.energy import EnergyMeter
from injerto.planning.prediction import DEFAULT_RATIOS, Foresight, predict_peak
from injerto.planning.timing import CandidateTiming, StepTiming

SIZES = (100, 20, 50)


@pytest.fixture
def timing(network_folder: Path) -> CandidateTiming:
    backbone: AbstractBackbone = load_backbone(str(network_folder))
    return CandidateTiming(
        backbone=backbone,
        num_flops=10**8,
        read_and_forward=0.1,
        training=0.3,
        pass_speed=PassSpeed(setup_seconds=1.0, seconds_per_item=0.05, num_missing=200),
        num_items=400,
    )


def foresee(watts: float | None = None) -> Foresight:
    meter = None if watts is None else EnergyMeter(watts, root=Path("/nowhere"))
    return Foresight(log=CostLog("here"), operations_per_second=90e9, num_classes=4, meter=meter)


def plan(strategy: str, *, epochs: int = 10, keep: str = "last", pool: str = "pooled") -> Plan:
    tuning = Phase.model_validate({"name": "x", "trains": "all", "epochs": epochs, "keep": keep})
    phases = (Phase(name="head", solver="closed-form"), *([tuning] if strategy in DEFAULT_RATIOS else []))
    return Plan.model_validate(
        {"task": "t", "backbone": "b", "strategy": strategy, "head": "linear", "phases": phases, "pool": pool}
    )


def test_every_epoch_costs_its_training_and_its_look_at_the_tune_split(timing: CandidateTiming) -> None:
    ten, twenty = (foresee().predict_trial(plan("lp-ft", epochs=n), timing, SIZES).most for n in (10, 20))
    assert twenty - ten == pytest.approx(10 * (100 * 0.3 + 20 * 0.1))


def test_a_timed_step_takes_the_place_of_the_law(timing: CandidateTiming) -> None:
    step = StepTiming(looking=0.1, training=0.6, saved_bytes=1.0, num_trained=5)
    law, timed = (foresee().predict_trial(plan("lora"), timing, SIZES, one).most for one in (None, step))
    assert timed - law == pytest.approx(10 * 100 * 0.3)


def test_only_a_phase_that_tuning_examples_stop_is_expected_to_end_early(timing: CandidateTiming) -> None:
    whole = foresee().predict_trial(plan("lp-ft"), timing, SIZES)
    stopped = foresee().predict_trial(plan("lp-ft", keep="best"), timing, SIZES)
    assert whole.expected == pytest.approx(whole.most)
    assert stopped.expected == pytest.approx(DEFAULT_RATIOS["lp-ft"] * stopped.most)


def test_what_took_three_times_as_long_is_expected_to_do_so_again(timing: CandidateTiming) -> None:
    for _ in range(20):
        foresight = foresee()
        found = foresight.predict_trial(plan("lora"), timing, SIZES)
        foresight.note_trial(plan("lora"), found, num_train=SIZES[0], seconds=3 * found.basis)
    learnt = foresee().predict_trial(plan("lora"), timing, SIZES)
    assert learnt.expected == pytest.approx(3 * learnt.basis, rel=0.06)
    assert foresee().predict_trial(plan("lora", keep="best"), timing, SIZES).expected < learnt.basis


def test_a_pass_counts_what_is_not_stored(timing: CandidateTiming) -> None:
    """Half of the examples are missing: 100 of 200 at a twentieth of a second, the scores apart."""
    foresight = foresee()
    running = foresight.predict_pass([timing], 200) - foresight.predict_scores([timing], 200)
    assert running == pytest.approx(1.0 + 100 * 0.05)


def test_many_taps_cost_more_than_the_last_layer(timing: CandidateTiming) -> None:
    last = foresee().predict_trial(plan("linear-probe"), timing, SIZES).expected
    several = foresee().predict_trial(plan("multi-layer", pool="taps"), timing, SIZES).expected
    assert several > last


def test_what_trains_takes_memory_for_weights_state_and_activations(timing: CandidateTiming) -> None:
    small = StepTiming(looking=1, training=1, saved_bytes=1e6, num_trained=10)
    large = StepTiming(looking=1, training=1, saved_bytes=2e6, num_trained=10)
    peaks = [predict_peak(timing, plan("lp-ft"), 100, step) for step in (small, large)]
    assert peaks[1] - peaks[0] == pytest.approx(32 * 1e6, rel=0.2)
    assert peaks[0] > predict_peak(timing, plan("linear-probe"), 100)


def test_energy_is_power_times_time_and_nothing_unasked(timing: CandidateTiming) -> None:
    plans = [plan("linear-probe"), plan("lp-ft")]
    told = foresee(watts=36).describe(timing, plans, 200, SIZES)
    assert told.pass_wh == pytest.approx(told.pass_seconds / 100)
    assert told.trials[1].energy_wh == pytest.approx(told.trials[1].seconds / 100)
    unasked = foresee().describe(timing, plans, 200, SIZES)
    assert unasked.pass_wh is unasked.trials[0].energy_wh is None
