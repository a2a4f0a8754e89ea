import numpy as np
import pytest

from injerto.core.evidence import Cause, ControlResult, Diagnosis, Verdict
from injerto.core.input_finding import InputFinding
from injerto.core.learning_curve import CurvePrediction, LearningCurve, MoreLabels
from injerto.core.messages import say
from injerto.core.plan import Phase, Plan
from injerto.core.search import Search
from injerto.evidence.bootstrap import measure_gain
from injerto.evidence.causes import find_cause
from injerto.evidence.deciding import judge_gain, judge_transfer

PLAN = Plan(
    task="t", backbone="shipped:net", strategy="lp-ft", head="linear", phases=(Phase(name="all", trains="all"),)
)
FINDING = InputFinding(name="mean-std", measured={}, sentence="the mean is off")


def diagnose(
    *findings: InputFinding, plan: Plan = PLAN, curve: LearningCurve | None = None, **shares: float
) -> Cause | None:
    """The cause where each control, and the model, is right on so large a share of 400 examples."""
    found = find(*findings, plan=plan, curve=curve, **shares)
    return None if found is None else found.cause


def remedy(plan: Plan, **shares: float) -> str | None:
    found = find(plan=plan, **shares)
    return None if found is None else found.remedy


def find(*findings: InputFinding, plan: Plan, curve: LearningCurve | None = None, **shares: float) -> Diagnosis | None:
    """The diagnosis of these shares."""
    generator = np.random.default_rng(0)
    right = {
        name.replace("_", "-"): (generator.uniform(size=400) < share).astype(float) for name, share in shares.items()
    }
    results = []
    for name in right.keys() - {"model"}:
        gain = measure_gain(right["model"], right[name], seed=0)
        results.append(
            ControlResult(
                name=name,
                accuracy=float(right[name].mean()),
                gain=gain.value,
                interval=(gain.low, gain.high),
                verdict=judge_gain(gain, minimum_effect=0.01),
                judges_transfer=name != "frozen-backbone",
            )
        )
    verdict = judge_transfer(results)
    return find_cause(verdict, results, right, findings=findings, curve=curve, plan=plan, source="no such data")


@pytest.mark.parametrize(
    ("shares", "cause"),
    [
        ({"model": 0.9, "majority": 0.5, "random_backbone": 0.6, "frozen_backbone": 0.85}, None),
        ({"model": 0.5, "majority": 0.5, "random_backbone": 0.5, "frozen_backbone": 0.5}, Cause.LABELS),
        ({"model": 0.6, "majority": 0.4, "random_backbone": 0.75, "frozen_backbone": 0.9}, Cause.TUNING),
        ({"model": 0.6, "majority": 0.4, "random_backbone": 0.75, "frozen_backbone": 0.6}, Cause.SOURCE),
        # Two points above random weights, which the examples do not tell from nothing.
        ({"model": 0.64, "majority": 0.4, "random_backbone": 0.6, "frozen_backbone": 0.64}, Cause.SOURCE),
        (
            {"model": 0.7, "majority": 0.4, "random_backbone": 0.55, "frozen_backbone": 0.7, "from_scratch": 0.9},
            Cause.SCRATCH,
        ),
        # As good as the class means, and above random weights.
        (
            {"model": 0.7, "majority": 0.4, "random_backbone": 0.5, "frozen_backbone": 0.7, "nearest_centroid": 0.72},
            Cause.SIMPLER,
        ),
        (
            {"model": 0.7, "majority": 0.4, "random_backbone": 0.55, "frozen_backbone": 0.7, "nearest_centroid": 0.9},
            Cause.SIMPLER,
        ),
    ],
)
def test_each_pattern_of_measurements_has_its_cause(shares: dict[str, float], cause: Cause | None) -> None:
    assert diagnose(**shares) is cause


def test_after_a_search_the_remedy_names_networks_that_it_did_not_have() -> None:
    left_out = {"big": say("search.not-here"), "slow": "too slow", "other": say("search.not-here")}
    search = Search(seconds=1, num_examples=1, scores=(), rungs=(), left_out=left_out)
    shares = {"model": 0.6, "majority": 0.4, "random_backbone": 0.75, "frozen_backbone": 0.6}
    assert remedy(PLAN, **shares) == "injerto plan DATA --out plan.toml"
    again = remedy(PLAN.model_copy(update={"search": search}), **shares)
    assert again == "injerto plan DATA --backbones big,other --out plan.toml"


def test_labels_that_left_out_training_examples_bear_out_are_not_blamed() -> None:
    now = CurvePrediction(factor=1, num_examples=900, error=0.3, low=0.25, high=0.35, gain=0, gain_low=0, gain_high=0)
    curve = LearningCurve(
        points=(), now=now, predictions=(), confidence=0.9, num_judged=900, more_labels=MoreLabels.UNCLEAR, sentence=""
    )
    shares = {"model": 0.5, "majority": 0.5, "random_backbone": 0.5, "frozen_backbone": 0.5}
    assert diagnose(curve=curve, **shares) is Cause.SOURCE


def test_wrong_preprocessing_hides_the_others() -> None:
    shares = {"model": 0.6, "majority": 0.4, "random_backbone": 0.75, "frozen_backbone": 0.6}
    assert diagnose(FINDING, **shares) is Cause.PREPROCESSING


def test_a_finding_alone_is_no_cause_where_the_transfer_helped() -> None:
    assert diagnose(FINDING, model=0.9, majority=0.5, random_backbone=0.6, frozen_backbone=0.85) is None


def test_a_model_from_scratch_transfers_nothing_that_could_fail() -> None:
    plan = PLAN.model_copy(update={"from_scratch": True})
    shares = {"model": 0.5, "majority": 0.5, "random_backbone": 0.5, "frozen_backbone": 0.9}
    assert diagnose(plan=plan, **shares) is None


def test_the_remedy_is_a_command_on_the_data_that_were_given(tmp_path) -> None:  # type: ignore[no-untyped-def]
    right = {name: np.zeros(50) for name in ("model", "majority", "random-backbone", "frozen-backbone")}
    results = [
        ControlResult(
            name=name, accuracy=0, gain=0, interval=(-0.1, 0.1), verdict=Verdict.INCONCLUSIVE, judges_transfer=True
        )
        for name in right
        if name != "model"
    ]
    source = tmp_path / "my data"
    source.mkdir()
    found = find_cause(Verdict.INCONCLUSIVE, results, right, findings=(), curve=None, plan=PLAN, source=str(source))
    assert found is not None
    assert found.remedy == f"injerto inspect '{source}'"
