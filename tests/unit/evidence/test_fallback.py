from pathlib import Path

import pytest

import injerto
from injerto.core.plan import Plan

TEXTS = [
    (f"{adjective} {thing} number {number}", label)
    for number in range(12)
    for thing in ("film", "book", "meal", "song")
    for adjective, label in (("wonderful", "+"), ("terrible", "-"), ("lovely", "+"), ("awful", "-"))
]
DATA = tuple(list(column) for column in zip(*TEXTS, strict=True))


def ruined_plan() -> Plan:
    """Fine-tuning at a rate that destroys what was learnt before."""
    plan = injerto.plan(DATA, strategy="full", epochs=1, device="cpu")
    ruined = plan.phases[0].model_copy(update={"backbone_rate": 5.0, "learning_rate": 5.0, "warmup": 0.0})
    return plan.model_copy(update={"phases": (ruined,)})


@pytest.mark.slow
def test_a_ruined_model_gives_way_to_the_head_on_the_frozen_backbone(tmp_path: Path) -> None:
    run = injerto.fit(DATA, ruined_plan(), out=tmp_path / "m")
    fallback = run.outcome.fallback
    assert fallback is not None
    assert (fallback.given_up, fallback.kept, run.outcome.strategy) == ("full", "linear-probe", "linear-probe")
    assert fallback.gain.low > 0
    assert not run.model.backbone_changed
    frozen = next(control for control in run.evidence.controls if control.name == "frozen-backbone")
    assert frozen.same_as_model
    plain = injerto.fit(DATA, strategy="linear-probe", device="cpu")
    inputs = DATA[0][:8]
    answers = [[p.probabilities for p in model.predict(inputs)] for model in (run, plain, injerto.load(tmp_path / "m"))]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.slow
def test_no_fallback_keeps_it_and_names_the_cause_and_the_command() -> None:
    run = injerto.fit(DATA, ruined_plan(), fallback=False)
    assert run.outcome.fallback is None
    assert run.outcome.strategy == "full"
    diagnosis = run.evidence.diagnosis
    assert diagnosis is not None
    assert diagnosis.cause == "tuning"
    assert "--strategy linear-probe" in diagnosis.remedy


@pytest.mark.slow
def test_a_model_that_is_no_worse_is_kept() -> None:
    run = injerto.fit(DATA, strategy="lp-ft", epochs=1, device="cpu")
    assert run.outcome.fallback is None
    assert run.outcome.strategy == "lp-ft"
    names = {control.name for control in run.evidence.controls}
    assert "from-scratch" in names  # The network was trained, so the control that is trained runs too.
