"""Every audit fires on a planted fault and stays silent on a clean run."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import injerto
from injerto.artifacts.inspecting import InspectedArtifact, inspect_measurements
from injerto.audits.audit import SECTIONS, Case, audits, explain, find_audit
from injerto.audits.auditing import run_audits
from injerto.core.errors import UsageError
from injerto.core.evidence import Verdict
from injerto.core.finding import Finding, Severity
from injerto.core.outcome import TestReading
from injerto.core.record import Record
from injerto.core.survey import ClassCount
from injerto.core.suspect_labels import SuspectLabels
from injerto.evidence.answered import Answered
from injerto.evidence.answered_sets import AnsweredSets
from injerto.evidence.scored import Scored

CODES = [name.partition("-")[0].upper() for name in audits.names()]


@pytest.fixture(scope="module")
def artifact(pictures: Path, network_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> InspectedArtifact:
    """A real model, its licence and its verdict set to what a clean run has: sixty pictures settle nothing."""
    out = tmp_path_factory.mktemp("audited") / "m"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INJERTO_HOME", str(tmp_path_factory.mktemp("home-of-audited")))
        injerto.fit(pictures, backbone=str(network_folder), out=out, device="cpu")
    found = inspect_measurements(out)
    found = planted(found, "record", backbone__card__commercial_use=True)
    return planted(
        found,
        "outcome",
        evidence__verdict=Verdict.HELPED,
        evidence__suspect_labels=None,
        evidence__overfitting__overfitted=False,
    )


def planted(found: InspectedArtifact, document: str, **values: Any) -> InspectedArtifact:
    """The artifact with fields of one document set: `evidence__verdict` is that field of that field."""
    record: Record = getattr(found, document)
    for path, value in values.items():
        record = _set(record, path.split("__"), value)
    return replace(found, **{document: record})


def _set(record: Record, path: list[str], value: Any) -> Record:
    inner = value if len(path) == 1 else _set(getattr(record, path[0]), path[1:], value)
    return record.model_copy(update={path[0]: inner})


def answered(number: int = 600, *, share: np.ndarray | float = 0.85, seed: int = 0) -> Answered:
    """Three labels; right in a share of the examples, which is also the confidence."""
    generator = np.random.default_rng(seed)
    target = generator.integers(0, 3, number)
    right = generator.random(number) < share
    predicted = np.where(right, target, (target + 1) % 3)
    return Answered(target=target, predicted=predicted, confidence=np.full(number, 0.85), num_labels=3)


def in_two_groups(number: int = 600) -> tuple[str, ...]:
    return tuple("b" if i % 4 == 0 else "a" for i in range(number))


def findings(case: Case, code: str | None = None) -> list[Finding]:
    return [one for one in run_audits(case, data=None).findings if code in (None, one.code)]


@pytest.mark.parametrize("code", CODES)
def test_an_audit_explains_itself_in_five_sections(code: str) -> None:
    text = explain(code)
    places = [text.index(f"\n{section}:\n") for section in SECTIONS]
    assert places == sorted(places)
    assert find_audit(code)().code == code
    source = Path(inspect.getfile(find_audit(code)))
    assert source.stem.upper().startswith(code)


def test_an_unknown_code_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="gr001"):
        find_audit("GR999")


def test_a_clean_run_has_no_finding_above_information(artifact: InspectedArtifact) -> None:
    alarms = 0
    for seed in range(20):
        case = Case(artifact=artifact, answered=answered(seed=seed), groups={"site": in_two_groups()}, seed=seed)
        alarms += any(one.severity is not Severity.INFO for one in findings(case))
    assert alarms <= 3  # at most 1 expected of GR001 and 1 of GR002, most of which stay below what matters


@pytest.mark.parametrize(("share", "severity"), [(0.5, Severity.SERIOUS), (0.78, Severity.WARNING)])
def test_a_group_gap_is_found_and_its_severity_is_that_of_its_size(
    artifact: InspectedArtifact, share: float, severity: Severity
) -> None:
    is_b = np.array(in_two_groups()) == "b"
    right = np.empty(600, dtype=bool)
    right[is_b] = np.arange(150) < 150 * share
    right[~is_b] = np.arange(450) < 450 * 0.9
    made = answered(share=right.astype(float))
    (found,) = findings(Case(artifact=artifact, answered=made, groups={"site": in_two_groups()}), "GR001")
    assert (found.severity, found.subject) == (severity, "site=b")
    assert found.measured["gap"] == pytest.approx(100 * (0.9 - share))


def test_groups_of_equal_accuracy_and_unequal_errors_are_found(artifact: InspectedArtifact) -> None:
    site = np.array(in_two_groups())
    target = np.random.default_rng(0).integers(0, 2, 600)
    # Errors of a are all on label 0, those of b all on label 1, in equal shares.
    wrong = (np.random.default_rng(1).random(600) < 0.5) & np.where(site == "b", target == 1, target == 0)
    made = Answered(
        target=target, predicted=np.where(wrong, 1 - target, target), confidence=np.full(600, 0.75), num_labels=2
    )
    case = Case(artifact=artifact, answered=made, groups={"site": tuple(site)})
    assert findings(case, "GR001") == []
    found = findings(case, "GR002")
    assert {"site=a", "site=b"} <= {one.subject for one in found}
    assert all(one.severity is Severity.WARNING for one in found)


def test_where_a_gap_comes_from_is_said(artifact: InspectedArtifact) -> None:
    groups = {"site": in_two_groups()}
    share = np.where(np.array(groups["site"]) == "b", 0.5, 0.95)
    made = answered(share=share)
    controls = {"frozen-backbone": made.predicted, "random-backbone": answered(share=0.7, seed=0).predicted}
    case = Case(artifact=artifact, answered=made, groups=groups, controls=controls)
    (found,) = findings(case, "IN001")
    assert "inherited" in found.sentence
    (table,) = run_audits(case, data=None).tables
    assert {one.group: one.origin for one in table.groups} == {"a": None, "b": "inherited"}


def test_a_group_whose_recordings_are_misheard_is_found_and_its_gap_has_an_origin(artifact: InspectedArtifact) -> None:
    """Word errors of the model and of its controls, in two groups: the frozen features have the gap, noise has not."""
    heard = planted(artifact, "record", pool="frames")
    group = np.array(in_two_groups(400)) == "b"
    generator = np.random.default_rng(0)

    def rows(here: float, elsewhere: float) -> dict[str, np.ndarray]:
        wrong = generator.binomial(8, np.where(group, here, elsewhere)).astype(float)
        return {"word": np.stack([wrong, 0 * wrong, 0 * wrong, np.full(400, 8.0)], axis=1)}

    controls = {"frozen-backbone": rows(0.5, 0.3), "random-backbone": rows(0.7, 0.7)}
    case = Case(
        artifact=heard, measured=Scored.of_words(rows(0.4, 0.15), controls), groups={"accent": in_two_groups(400)}
    )
    (found,) = findings(case, "GR001")
    assert (found.severity, found.subject) == (Severity.SERIOUS, "accent=b")
    assert "word error rate" in found.sentence
    (origin,) = findings(case, "IN001")
    assert "inherited" in origin.sentence
    assert run_audits(case, data=None, fail_under=0.5).passed
    assert not run_audits(case, data=None, fail_under=0.7).passed


def test_a_label_missed_in_one_group_is_found_where_examples_carry_several(artifact: InspectedArtifact) -> None:
    """The frozen features miss it too, and models without them miss nothing in particular: inherited."""
    many = planted(artifact, "record", multi_label=True)
    groups = {"site": in_two_groups()}
    is_b = np.array(groups["site"]) == "b"
    generator = np.random.default_rng(0)
    carried = generator.random((600, 3)) < 0.5
    given = carried.copy()
    given[is_b & (generator.random(600) < 0.8), 1] = False
    random = carried ^ (generator.random((600, 3)) < 0.12)
    scored = Scored.of_sets(
        AnsweredSets(carried=carried, given=given), {"frozen-backbone": given, "random-backbone": random}
    )
    case = Case(artifact=many, sets=AnsweredSets(carried=carried, given=given), measured=scored, groups=groups)
    (gap,) = findings(case, "GR001")
    assert (gap.severity, gap.subject) == (Severity.SERIOUS, "site=b")
    assert "share with all labels right" in gap.sentence
    (rate,) = findings(case, "GR002")
    assert f"the label {many.record.labels[1]} is recognised" in rate.sentence
    assert ["inherited" in one.sentence for one in findings(case, "IN001")] == [True]
    assert "SH001" in {one.code for one in run_audits(case, data=None).not_run}


def replaced(found: InspectedArtifact, place: int, number: int) -> ClassCount:
    """One label with that many training examples."""
    assert found.facts is not None
    return found.facts.classes[place].model_copy(update={"train": number})


PLANTS: dict[str, tuple[Callable[[InspectedArtifact], InspectedArtifact], Severity]] = {
    "LK001": (lambda a: planted(a, "facts", num_leaks=3), Severity.WARNING),
    "LI001": (lambda a: planted(a, "record", backbone__card__commercial_use=False), Severity.WARNING),
    "NT001": (lambda a: planted(a, "outcome", evidence__verdict=Verdict.HURT), Severity.SERIOUS),
    "OV001": (lambda a: planted(a, "outcome", evidence__overfitting__overfitted=True), Severity.WARNING),
    "RD001": (
        lambda a: planted(
            a, "outcome", earlier_readings=(TestReading(examples="", num_examples=1, what="", when=""),) * 5
        ),
        Severity.WARNING,
    ),
    "PR001": (
        lambda a: planted(a, "record", head="nearest-neighbours", head_settings={"num_stored": 9}),
        Severity.WARNING,
    ),
    "IM001": (lambda a: planted(a, "facts", classes=(replaced(a, 0, 200), *a.facts.classes[1:])), Severity.INFO),
    "SL001": (
        lambda a: planted(
            a,
            "outcome",
            evidence__suspect_labels=SuspectLabels(
                suspects=(), num_suspect=9, num_examples=100, share=0.1, low=0.05, high=0.2, sentence=""
            ),
        ),
        Severity.WARNING,
    ),
}


@pytest.mark.parametrize("code", PLANTS)
def test_a_planted_fault_is_found_and_a_clean_run_is_silent(code: str, artifact: InspectedArtifact) -> None:
    plant, severity = PLANTS[code]
    assert findings(Case(artifact=artifact), code) == []
    (found,) = findings(Case(artifact=plant(artifact)), code)
    assert found.severity is severity
    assert "{" not in found.sentence


def test_contents_with_two_labels_and_noise_are_found(artifact: InspectedArtifact) -> None:
    dirty = planted(artifact, "facts", num_conflicts=2, label_noise=0.05)
    assert len(findings(Case(artifact=dirty), "LK001")) == 2


def test_a_head_on_frozen_layers_that_overfits_is_not_told_to_become_one(artifact: InspectedArtifact) -> None:
    plant, _ = PLANTS["OV001"]
    (frozen,) = findings(Case(artifact=plant(artifact)), "OV001")
    phases = tuple(phase.model_copy(update={"trains": "all"}) for phase in artifact.record.plan.phases)
    tuned = planted(artifact, "record", plan=artifact.record.plan.model_copy(update={"phases": phases}))
    (fine_tuned,) = findings(Case(artifact=plant(tuned)), "OV001")
    assert "linear-probe" not in frozen.remedy
    assert "linear-probe" in fine_tuned.remedy


def test_a_frozen_backbone_that_does_better_is_serious(artifact: InspectedArtifact) -> None:
    controls = tuple(
        one.model_copy(update={"verdict": Verdict.HURT, "gain": -0.1}) if one.name == "frozen-backbone" else one
        for one in artifact.outcome.evidence.controls
    )
    (found,) = findings(Case(artifact=planted(artifact, "outcome", evidence__controls=controls)), "OV001")
    assert (found.severity, found.measured["gain"]) == (Severity.SERIOUS, pytest.approx(10))


def test_probabilities_that_are_too_sure_are_found(artifact: InspectedArtifact) -> None:
    sure = replace(answered(), confidence=np.full(600, 0.99))
    (found,) = findings(Case(artifact=artifact, answered=sure), "CA001")
    assert found.severity is Severity.WARNING
    assert "too sure" in found.sentence


def test_every_audit_has_a_planted_fault() -> None:
    with_model = {"SC001", "SH001", "CF001", "SM001", "SM002", "SM003", "DU001"}  # test_with_model.py
    assert set(PLANTS) | {"GR001", "GR002", "IN001", "CA001"} | with_model == set(CODES)


def test_rare_labels_that_are_recognised_less_often_are_a_warning(artifact: InspectedArtifact) -> None:
    assert artifact.facts is not None
    uneven = planted(artifact, "facts", classes=(replaced(artifact, 0, 200), *artifact.facts.classes[1:]))
    target = answered().target
    made = answered(share=np.where(target == 0, 0.95, 0.7))
    (found,) = findings(Case(artifact=uneven, answered=made), "IM001")
    assert found.severity is Severity.WARNING


def test_gates_fail_on_the_worst_group_and_on_a_severity(artifact: InspectedArtifact) -> None:
    groups = {"site": in_two_groups()}
    made = answered(share=np.where(np.array(groups["site"]) == "b", 0.6, 0.95))
    case = Case(artifact=artifact, answered=made, groups=groups)
    worst = made.right[np.array(groups["site"]) == "b"].mean()
    assert run_audits(case, data=None, fail_under=worst).passed
    assert not run_audits(case, data=None, fail_under=worst + 0.001).passed
    assert not run_audits(case, data=None, fail_on=Severity.WARNING).passed
    assert run_audits(Case(artifact=artifact), data=None, fail_on=Severity.SERIOUS).passed


def test_a_gate_on_groups_fails_where_no_group_can_be_judged(artifact: InspectedArtifact) -> None:
    case = Case(artifact=artifact, answered=answered(30), groups={"site": in_two_groups(30)})
    assert not run_audits(case, data=None, fail_under=0.1).passed
