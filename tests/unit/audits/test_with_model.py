"""Audits that need the model at hand: each fires on a planted fault and stays silent without it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import injerto
from injerto.artifacts.inspecting import inspect_measurements
from injerto.audits.association import measure_association
from injerto.audits.audit import Case
from injerto.audits.auditing import run_audits
from injerto.audits.named.pr001_privacy import measure_membership
from injerto.audits.named.sh001_shortcut import find_partner_labels
from injerto.audits.named.sm002_language_model import LanguageModel
from injerto.audits.source_pairs import PAIRS
from injerto.core.finding import Finding, Severity
from injerto.data.items import Text
from injerto.data.labelled import Example
from injerto.data.sequences.items import Passage
from injerto.evidence.answered import Answered
from injerto.evidence.close_up import CloseUp


@pytest.fixture(scope="module")
def case(save_text_model: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A real model of texts; features and answers are planted by each test."""
    folder = tmp_path_factory.mktemp("with-model")
    words = {"good": ("fine", "great"), "bad": ("poor", "awful")}
    texts = [(f"a {pair[i % 2]} film number {i}", label) for label, pair in words.items() for i in range(30)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INJERTO_HOME", str(folder / "home"))
        injerto.fit(
            ([text for text, _ in texts], [label for _, label in texts]),
            backbone=str(save_text_model("bert")),
            out=folder / "m",
            device="cpu",
        )
        model = injerto.load(folder / "m")
    close_up = CloseUp(model=model, test=[], train=[])
    return Case(artifact=inspect_measurements(folder / "m"), close_up=close_up)


def planted(
    case: Case,
    *,
    features: np.ndarray,
    target: np.ndarray,
    right: np.ndarray,
    train_features: np.ndarray | None = None,
    texts: list[str] | None = None,
    cue: list[str] | None = None,
    train_cue: list[str] | None = None,
    train_target: np.ndarray | None = None,
) -> Case:
    """The case with these features and answers."""
    assert case.close_up is not None
    labels = case.close_up.model.labels
    trained = train_target if train_target is not None else np.zeros(0, dtype=int)
    close_up = CloseUp(
        model=case.close_up.model,
        test=[Example(item=Text(text), labels=(labels[0],), where="") for text in texts or [""] * len(target)],
        train=[
            Example(item=Text(""), labels=(labels[one],), where="", attributes=(train_cue[i],) if train_cue else ())
            for i, one in enumerate(trained)
        ],
    )
    close_up.__dict__["features"] = features
    # The head of the real model reads other features.
    close_up.__dict__["probabilities"] = np.full((len(target), 2), 0.5)
    close_up.__dict__["train_probabilities"] = np.full((len(trained), 2), 0.5)
    if train_features is not None:
        close_up.__dict__["train_features"] = train_features
    predicted = np.where(right, target, 1 - target)
    answered = Answered(target=target, predicted=predicted, confidence=np.full(len(target), 0.9), num_labels=2)
    groups = {} if cue is None else {"cue": tuple(cue)}
    return replace(case, answered=answered, close_up=close_up, groups=groups)


def findings(case: Case, code: str) -> list[Finding]:
    return [one for one in run_audits(case, data=None).findings if one.code == code]


@pytest.mark.parametrize("share", [0.35, 0.9])
def test_a_slice_is_found_where_there_is_one(case: Case, share: float) -> None:
    generator = np.random.default_rng(0)
    target, kind = generator.integers(0, 2, 400), generator.integers(0, 5, 400)
    features = 4 * np.eye(12)[kind] + 2 * np.eye(12)[6 + target] + 0.5 * generator.normal(size=(400, 12))
    right = generator.random(400) < np.where(kind == 3, share, 0.9)
    texts = [f"a {'cracked' if one == 3 else 'plain'} cup {i}" for i, one in enumerate(kind)]
    found = findings(planted(case, features=features, target=target, right=right, texts=texts), "SC001")
    if share == 0.9:
        assert found == []
        return
    assert 1 <= len(found) <= 2  # The kind has examples of both labels, which lie apart.
    assert all(one.severity is Severity.SERIOUS for one in found)
    assert all(np.mean(kind[list(one.examples)] == 3) > 0.8 for one in found)
    assert "cracked" in found[0].sentence
    assert "90 % sure" in found[0].sentence
    made = planted(case, features=features, target=target, right=right, texts=texts)
    unsure = replace(made.answered, confidence=np.where(kind == 3, share, 0.9))
    assert {one.severity for one in findings(replace(made, answered=unsure), "SC001")} == {Severity.INFO}


@pytest.mark.parametrize("followed", [True, False])
def test_a_shortcut_is_a_cue_that_the_answers_follow(case: Case, followed: bool) -> None:
    generator = np.random.default_rng(0)
    target, cue = generator.integers(0, 2, 300), generator.integers(0, 2, 300)
    train_target = generator.integers(0, 2, 200)
    train_cue = np.where(generator.random(200) < 0.95, train_target, 1 - train_target)
    features = 3 * np.eye(6)[cue] + generator.normal(size=(300, 6))
    right = generator.random(300) < np.where((cue != target) & followed, 0.5, 0.9)
    made = planted(
        case,
        features=features,
        target=target,
        right=right,
        cue=[f"c{one}" for one in cue],
        train_cue=[f"c{one}" for one in train_cue],
        train_target=train_target,
        train_features=np.zeros((200, 6)) + generator.normal(size=(200, 6)),
    )
    found = findings(made, "SH001")
    assert [one.severity for one in found] == ([Severity.SERIOUS] if followed else [])


def test_a_value_goes_with_the_label_that_it_meets_beyond_chance() -> None:
    target = np.array([0] * 50 + [1] * 50)
    column = ["x"] * 45 + ["y"] * 5 + ["y"] * 45 + ["x"] * 5
    assert find_partner_labels(column, target) == {"x": 0, "y": 1}
    assert find_partner_labels(["x", "y"] * 50, target) == {}


def test_twins_in_train_are_found(case: Case) -> None:
    generator = np.random.default_rng(0)
    train_features = generator.normal(size=(100, 8))
    features = np.concatenate([train_features[:60] + 0.001, generator.normal(size=(140, 8))])
    right = np.arange(200) < 150
    arguments = {"target": np.zeros(200, dtype=int), "right": right, "train_target": np.zeros(100, dtype=int)}
    (found,) = findings(planted(case, features=features, train_features=train_features, **arguments), "DU001")
    assert (found.severity, found.measured["number"]) == (Severity.WARNING, 60)
    foreign = generator.normal(size=(200, 8))
    assert findings(planted(case, features=foreign, train_features=train_features, **arguments), "DU001") == []


def test_a_word_that_turns_the_answer_is_found(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"he bought cup {i}" if i % 2 else f"she bought cup {i}" for i in range(80)]
    target = np.array([i % 2 for i in range(80)])
    made = planted(case, features=np.eye(80), target=target, right=np.ones(80, dtype=bool), texts=texts)

    def by_word(_: CloseUp, items: list[Text]) -> np.ndarray:
        return np.array([[0.1, 0.9] if item.text.startswith("he ") else [0.9, 0.1] for item in items])

    monkeypatch.setattr(CloseUp, "answer", by_word)
    (found,) = findings(made, "CF001")
    assert (found.severity, found.subject, found.measured["share"]) == (Severity.WARNING, "gender", 100)
    monkeypatch.setattr(CloseUp, "answer", lambda _, items: made.close_up and np.eye(2)[[i % 2 for i in range(80)]])
    assert findings(made, "CF001") == []


def test_membership_is_told_by_confidence_and_a_guess_is_a_half() -> None:
    generator = np.random.default_rng(0)
    same = measure_membership(generator.random(400), generator.random(300), seed=0)
    assert same[1] < 0.5 < same[2]
    area, low, _ = measure_membership(generator.random(400) / 2 + 0.5, generator.random(300), seed=0)
    assert (area, low > 0.7) == (pytest.approx(0.75, abs=0.03), True)
    assert measure_membership(np.ones(9), np.ones(9), seed=0)[0] == 0.5


def test_an_association_is_one_that_shuffles_do_not_have() -> None:
    share = np.array([1.0, 0.0] * 12)
    noise = np.random.default_rng(0).normal(size=24)
    assert measure_association(share + 0.3 * noise, share, seed=0)[1] < 0.01
    assert measure_association(noise, share, seed=0)[1] > 0.05


def test_without_data_the_model_is_not_asked_and_says_so(case: Case) -> None:
    alone = replace(case, close_up=None)
    skipped = {one.code: one.because for one in run_audits(alone, data=None).not_run}
    assert {"SC001", "SH001", "CF001", "SM001", "DU001"} <= set(skipped)


class _Expecting:
    """A writer whose losses are known: it expects men in some occupations, and every word else alike."""

    def __init__(self, *, leans: bool) -> None:
        self.backbone = SimpleNamespace(kind="causal")
        self._men = {name for held in PAIRS.values() for name, share in held.items() if share and leans}

    def answer(self, items: list[Passage], *, outputs: bool, seed: int) -> SimpleNamespace:
        assert not outputs
        generator = np.random.default_rng(seed)
        surprised = [
            bool({"she", "ella"} & set(item.text.split())) and not self._men.isdisjoint(item.text.split())
            for item in items
        ]
        return SimpleNamespace(losses=20 + np.array(surprised, dtype=float) + generator.normal(0, 0.2, len(items)))


@pytest.mark.parametrize("leans", [True, False])
def test_what_a_language_model_expects_of_occupations_is_information(case: Case, leans: bool) -> None:
    writer = _Expecting(leans=leans)
    audit = LanguageModel()
    asked = replace(case, writer=writer)  # type: ignore[arg-type]
    assert audit.reason_to_skip(asked) is None
    found = list(audit.judge(asked))
    assert [one.subject for one in found] == (["en", "es"] if leans else [])
    assert {one.severity for one in found} <= {Severity.INFO}
    assert audit.reason_to_skip(case) is not None


def of_network(case: Case, spec: str, *, languages: dict[str, int]) -> Case:
    """The case as of another network and of texts in other languages."""
    found = case.artifact
    card = found.record.backbone.card.model_copy(update={"spec": spec})
    base = found.record.backbone.model_copy(update={"card": card, "pretrained": True})
    assert found.facts is not None
    facts = found.facts.model_copy(update={"languages": languages})
    return replace(
        case, artifact=replace(found, record=found.record.model_copy(update={"backbone": base}), facts=facts)
    )


def test_a_language_that_the_network_never_saw_is_a_warning(case: Case) -> None:
    languages = {"en": 70, "fr": 40, "de": 5, "und": 30}
    found = findings(of_network(case, "shipped:injerto-minitext-en-es", languages=languages), "SM003")
    (unseen,) = [one for one in found if one.severity is Severity.WARNING]
    assert unseen.subject == "fr"
    assert unseen.measured["share"] == pytest.approx(100 * 40 / 115)
    seen = of_network(case, "hf:FacebookAI/xlm-roberta-base@0a1b", languages={**languages, "ru/uk/bg/sr/mk/be/kk": 50})
    assert {one.severity for one in findings(seen, "SM003")} == {Severity.INFO}


def test_of_an_unknown_network_nothing_is_claimed(case: Case) -> None:
    found = findings(of_network(case, "/home/me/weights", languages={"fr": 40}), "SM003")
    assert {one.severity for one in found} == {Severity.INFO}
    assert any("nothing is known of languages" in one.sentence for one in found)


def test_texts_at_hand_count_before_those_of_the_training(case: Case) -> None:
    assert case.close_up is not None
    test = [
        Example(item=Text(f"das ist nicht der Film, den ich {i} mag"), labels=("bad",), where="") for i in range(30)
    ]
    made = of_network(case, "shipped:injerto-minitext-en-es", languages={"en": 90})
    made = replace(made, close_up=CloseUp(model=case.close_up.model, test=test, train=[]))
    assert [one.subject for one in findings(made, "SM003") if one.severity is Severity.WARNING] == ["de"]
