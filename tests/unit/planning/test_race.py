"""The rules of the race, on trials whose outcome is made up by the test."""

from pathlib import Path

import numpy as np
import pytest

from injerto.activations.store.store import ActivationStore
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.plan import Phase, Plan
from injerto.core.progress import Silent
from injerto.data.items import ImageFile
from injerto.data.labelled import Splits
from injerto.planning import race as race_module
from injerto.planning.beating import Judged
from injerto.planning.budget import Budget, OutOfTimeError
from injerto.planning.cost_log import CostLog
from injerto.planning.prediction import Foreseen, Foresight
from injerto.planning.race import Race
from injerto.planning.timing import time_candidate

SELECTIONS = tuple(
    Splits(train=np.arange(60), tune=np.arange(60, 70), test=np.arange(70 + 30 * i, 100 + 30 * i), origin="")
    for i in range(3)
)


NEVER: dict[str, int] = {}


def slow_tuning(
    self: Foresight, plan: Plan, timing: object, sizes: tuple[int, int, int], step: object = None
) -> Foreseen:
    """Heads take nothing, every tuning is expected to take 1,900 s."""
    seconds = 1e-6 if plan.strategy in race_module.FROZEN else 1900.0
    return Foreseen(basis=seconds, expected=seconds, most=2 * seconds)


@pytest.fixture(autouse=True)
def _as_if_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of large networks, from the least change on."""
    monkeypatch.setattr(race_module, "_SMALL_NETWORK", 0)
    monkeypatch.setattr(race_module, "_ENOUGH_FOR_RATES", 30)


@pytest.fixture
def backbone(network_folder: Path) -> AbstractBackbone:
    return load_backbone(str(network_folder))


def planned(backbone: AbstractBackbone, strategy: str, splits: Splits) -> Plan:
    tunes = strategy not in race_module.FROZEN
    phase = Phase(name="x", trains="all", epochs=10) if tunes else Phase(name="x", solver="closed-form")
    return Plan(task="t", backbone=backbone.spec, strategy=strategy, head="linear", phases=(phase,))


def run(
    backbone: AbstractBackbone,
    pictures: Path,
    right: dict[str, int],
    *,
    seconds: float | None = None,
    stopped: dict[str, int] = NEVER,
) -> tuple[Race, list[str]]:
    """A race in which each strategy gets the first so many of each 30 right, or below zero the last; what was trained.

    `stopped` says of a strategy how many of its trials end before the budget does.
    """
    tried: list[str] = []

    def try_plan(plan: Plan, splits: Splits) -> Judged:
        tried.append(plan.strategy)
        if plan.strategy in stopped and tried.count(plan.strategy) > stopped[plan.strategy]:
            raise OutOfTimeError
        number = right.get(plan.strategy, 0)
        answers = (np.arange(len(splits.test)) < abs(number)).astype(np.float64)[:: -1 if number < 0 else 1]
        return Judged(right=answers, losses=np.where(answers > 0, 0.2, 1.5))

    items = [ImageFile(path) for path in sorted(pictures.rglob("*.png"))[:8]]
    race = Race(
        selections=SELECTIONS,
        try_plan=try_plan,
        make_plan=planned,
        budget=Budget(seconds),
        foresight=Foresight(log=CostLog("here"), operations_per_second=45e9, num_classes=3, meter=None),
        timings={backbone.spec: time_candidate(backbone, items, store=ActivationStore())},
        reporter=Silent(),
    )
    race.run_frozen([backbone])
    race.run_tuned(items)
    return race, tried


def test_each_rung_that_clearly_beats_the_best_takes_its_place(backbone: AbstractBackbone, pictures: Path) -> None:
    right = {"linear-probe": 10, "multi-layer": 15, "norm-bias": 20, "lora": 24, "lp-ft": 23}
    race, tried = run(backbone, pictures, right)
    assert race.best is not None
    assert race.best.strategy == "lora"
    outcomes = {rung.strategy: rung.outcome for rung in race.rungs}
    assert outcomes == {
        "linear-probe": "first",
        "multi-layer": "better",
        "mlp-head": "not better",
        "norm-bias": "better",
        "lora": "better",
        "lp-ft": "not better",
        "lora:rate=3.3e-05": "not better",
        "lora:rate=0.0003": "not better",
    }
    assert tried.count("lora") == len(SELECTIONS)


def test_a_small_network_is_trained_as_a_whole_first(
    backbone: AbstractBackbone, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(race_module, "_SMALL_NETWORK", 10**9)
    race, _ = run(backbone, pictures, {"linear-probe": 10, "lp-ft": 20, "lora": 12, "norm-bias": 30})
    probe = race.measure_tuning(backbone)
    assert probe is not None
    assert (probe[0], probe[1].gain) == ("lp-ft", pytest.approx(10 / 30))
    found = [(rung.strategy, rung.outcome) for rung in race.rungs[3:6]]
    assert found == [("lp-ft", "better"), ("lora", "skipped"), ("norm-bias", "skipped")]
    assert "whole network" in race.rungs[5].because


@pytest.mark.parametrize(
    ("right", "won", "untried"),
    [
        ({"lp-ft:rate=3.3e-05": 26, "lp-ft:rate=0.0003": 30}, "lp-ft:rate=3.3e-05", "lp-ft:rate=0.0003"),
        ({"lp-ft:rate=3.3e-05": 19, "lp-ft:rate=0.0003": 26}, "lp-ft:rate=0.0003", None),
        ({"lp-ft:rate=0.0003": 20, "lp-ft:rate=3.3e-05": 20}, "lp-ft", None),
    ],
)
def test_what_won_by_descent_is_tried_at_other_rates_until_one_is_better(
    backbone: AbstractBackbone,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
    right: dict[str, int],
    won: str,
    untried: str | None,
) -> None:
    monkeypatch.setattr(race_module, "_SMALL_NETWORK", 10**9)
    race, tried = run(backbone, pictures, {"linear-probe": 10, "lp-ft": 20} | right)
    assert race.best is not None
    assert race.best.strategy == won
    assert set(right) - set(tried) == ({untried} if untried else set())


def test_a_rate_that_does_not_lead_clearly_on_the_first_part_is_not_tried_on_the_others(
    backbone: AbstractBackbone, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(race_module, "_SMALL_NETWORK", 10**9)
    _, tried = run(backbone, pictures, {"lp-ft": 20, "lp-ft:rate=3.3e-05": -23, "lp-ft:rate=0.0003": 26})
    assert (tried.count("lp-ft:rate=3.3e-05"), tried.count("lp-ft:rate=0.0003")) == (1, len(SELECTIONS))


def test_with_few_judging_examples_no_other_rate_is_tried(
    backbone: AbstractBackbone, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(race_module, "_ENOUGH_FOR_RATES", 91)
    _, tried = run(backbone, pictures, {"linear-probe": 10, "norm-bias": 20, "lora": 24})
    assert not [name for name in tried if "rate" in name]


def test_a_head_that_won_has_no_rate_to_be_tried(backbone: AbstractBackbone, pictures: Path) -> None:
    _, tried = run(backbone, pictures, {"linear-probe": 10, "mlp-head": 20, "norm-bias": 20})
    assert not [name for name in tried if "rate" in name]


def test_where_a_head_makes_no_mistakes_nothing_else_is_trained(backbone: AbstractBackbone, pictures: Path) -> None:
    race, tried = run(backbone, pictures, {"linear-probe": 30, "lp-ft": 30})
    assert not set(tried) & set(race_module.TUNED)
    assert [rung.because for rung in race.rungs if rung.strategy in race_module.TUNED] == [
        "not tried, since a head on frozen layers errs in 0.0 % of the judging examples: a point cannot be gained"
    ] * len(race_module.TUNED)


def test_a_tuning_that_is_behind_on_the_first_part_is_not_tried_on_the_others(
    backbone: AbstractBackbone, pictures: Path
) -> None:
    race, tried = run(backbone, pictures, {"linear-probe": 15, "mlp-head": 12, "norm-bias": 12})
    assert tried.count("norm-bias") == 1
    assert tried.count("mlp-head") == len(SELECTIONS)
    rung = next(rung for rung in race.rungs if rung.strategy == "norm-bias")
    assert (rung.outcome, rung.num_examples) == ("not better", 30)


def test_what_chance_could_explain_keeps_the_cheaper_one(backbone: AbstractBackbone, pictures: Path) -> None:
    right = {"linear-probe": 15, "multi-layer": 15, "mlp-head": 15, "norm-bias": 15}
    race, _ = run(backbone, pictures, right)
    assert race.best is not None
    assert race.best.strategy == "linear-probe"
    assert race.rungs[1].gain == 0


def test_the_ladder_ends_where_the_cheapest_tuning_gains_nothing(backbone: AbstractBackbone, pictures: Path) -> None:
    race, tried = run(backbone, pictures, {"linear-probe": 15, "lora": 30, "lp-ft": 30})
    assert set(tried) == {"linear-probe", "multi-layer", "mlp-head", "norm-bias"}
    skipped = {rung.strategy: rung.because for rung in race.rungs if rung.outcome == "skipped"}
    assert set(skipped) == {"lora", "lp-ft"}
    assert "norm-bias" in skipped["lora"]


def test_what_may_take_longer_than_what_is_left_is_not_started(
    backbone: AbstractBackbone, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Foresight, "predict_trial", slow_tuning)
    race, tried = run(backbone, pictures, {"linear-probe": 5, "norm-bias": 30}, seconds=1800)
    assert set(tried) == set(race_module.FROZEN)
    assert all("budget" in rung.because for rung in race.rungs if rung.outcome == "skipped")
    assert (race.rungs[-1].predicted_seconds, race.rungs[-1].most_seconds) == (1900, 3800)


def test_with_little_time_fewer_selections_judge_and_are_compared_with_the_same(
    backbone: AbstractBackbone, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Foresight, "predict_trial", slow_tuning)
    race, tried = run(backbone, pictures, {"linear-probe": 5, "norm-bias": 30}, seconds=2 * 1900 + 60)
    assert tried.count("norm-bias") == 2
    rung = next(rung for rung in race.rungs if rung.strategy == "norm-bias")
    assert (rung.num_examples, rung.outcome) == (60, "better")
    assert rung.gain == pytest.approx(25 / 30)


def test_what_was_judged_before_the_budget_ended_counts(backbone: AbstractBackbone, pictures: Path) -> None:
    race, _ = run(backbone, pictures, {"linear-probe": 5, "norm-bias": 30}, stopped={"norm-bias": 2})
    rung = next(rung for rung in race.rungs if rung.strategy == "norm-bias")
    assert (rung.num_examples, rung.outcome) == (60, "better")


def test_what_the_budget_cuts_off_is_skipped_with_the_reason(backbone: AbstractBackbone, pictures: Path) -> None:
    race, _ = run(backbone, pictures, {"linear-probe": 5}, stopped={"norm-bias": 0})
    rung = next(rung for rung in race.rungs if rung.strategy == "norm-bias")
    assert (rung.outcome, rung.accuracy) == ("skipped", None)
    assert "the budget was spent" in rung.because


def test_no_head_in_time_leaves_nothing_to_tune(backbone: AbstractBackbone, pictures: Path) -> None:
    race, tried = run(backbone, pictures, {}, stopped=dict.fromkeys(race_module.FROZEN, 0))
    assert race.best is None
    assert set(tried) == set(race_module.FROZEN)


def test_the_probe_of_tuning_compares_with_the_head_alone_on_the_same_examples(
    backbone: AbstractBackbone, pictures: Path
) -> None:
    # Behind multi-layer on the first part already, so that one judges it.
    race, _ = run(backbone, pictures, {"linear-probe": 10, "multi-layer": 20, "norm-bias": 13})
    found = race.measure_tuning(backbone)
    assert found is not None
    strategy, lead = found
    assert strategy == "norm-bias"
    assert lead.gain == pytest.approx(3 / 30)
    assert lead.standard_error == pytest.approx(np.std([1.0] * 3 + [0.0] * 27, ddof=1) / 30**0.5)


def test_without_tuning_the_probe_says_nothing(backbone: AbstractBackbone, pictures: Path) -> None:
    race, _ = run(backbone, pictures, {"linear-probe": 10}, stopped=dict.fromkeys(race_module.TUNED, 0))
    assert race.measure_tuning(backbone) is None
