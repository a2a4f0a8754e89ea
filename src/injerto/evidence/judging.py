"""From test answers to evidence: gains over every control, the verdict on the transfer, overfitting."""

import time
from typing import Final

import numpy as np

from injerto.artifacts.model import Model
from injerto.core.answers_on_test import AnswersOnTest, SumsOnTest
from injerto.core.evidence import ControlResult, Evidence, Interval, Overfitting, SkippedControl, Verdict
from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.evidence.answers import answer
from injerto.evidence.bootstrap import measure_accuracy, measure_gain, measure_gap, measure_rate
from injerto.evidence.causes import find_cause
from injerto.evidence.control import AbstractControl, Trial, controls
from injerto.evidence.deciding import (
    BEYOND_LUCK,
    estimate_to_decide,
    judge_gain,
    judge_transfer,
    say_what_would_decide,
    strongest,
)
from injerto.evidence.forgetting import measure_forgetting
from injerto.evidence.kept_answers import make_answers
from injerto.evidence.kept_sums import make_transcript_sums
from injerto.evidence.more_labels import measure_more_labels
from injerto.evidence.suspect_labels import measure_suspect_labels
from injerto.evidence.training_features import compute_training_features
from injerto.tasks.task import Floats

_LARGEST_GAP: Final = 0.05
"""A train-tune gap is called overfitting when its whole interval lies above this."""
_GAP_EXAMPLES: Final = 2000
"""Training examples looked at for the gap; more would narrow the interval very little."""


def measure_evidence(
    model: Model, trial: Trial
) -> tuple[Evidence, dict[str, float], AnswersOnTest | SumsOnTest | None]:
    """Judge the model on the test split, beside every control; also its metrics, and what is kept of all answers."""
    targets = trial.data.targets()[trial.splits.test]
    probabilities = _answer(model, trial, trial.splits.test)
    correct = trial.task.correct(probabilities, targets)
    right = {"model": correct}
    told = {"model": probabilities}
    results_found, skipped = [], []
    for name in controls.names():
        control = controls.get(name)()
        if (because := control.reason_to_skip(trial)) is not None:
            skipped.append(SkippedControl(name=name, because=because))
            continue
        result, right[name] = _compare(name, control, correct, targets, trial, told)
        results_found.append(result)
    results = tuple(results_found)
    verdict = judge_transfer(results)
    if trial.plan.from_scratch:
        verdict = Verdict.INCONCLUSIVE
    features = compute_training_features(trial)
    curve = measure_more_labels(trial, features) if features else None
    evidence = Evidence(
        verdict=verdict,
        sentence=_sentence(verdict, results, from_scratch=trial.plan.from_scratch),
        minimum_effect=trial.plan.minimum_effect,
        would_decide=None
        if trial.plan.from_scratch
        else say_what_would_decide(verdict, results, trial.plan.minimum_effect),
        accuracy=measure_accuracy(correct, seed=trial.plan.seed),
        error_rates={
            name: measure_rate(errors, totals, seed=trial.plan.seed)
            for name, (errors, totals) in trial.task.error_counts(probabilities, targets).items()
        },
        controls=results,
        not_run=tuple(skipped),
        diagnosis=find_cause(
            verdict, results, right, findings=trial.findings, curve=curve, plan=trial.plan, source=trial.data.source
        ),
        overfitting=_measure_overfitting(model, trial, results),
        forgetting=measure_forgetting(model, trial),
        suspect_labels=measure_suspect_labels(trial, features) if features else None,
        learning_curve=curve,
    )
    kept = make_transcript_sums(told, trial) or make_answers(told, trial)
    return evidence, trial.task.measure(probabilities, targets), kept


def _compare(
    name: str, control: AbstractControl, correct: Floats, targets: np.ndarray, trial: Trial, told: dict[str, Floats]
) -> tuple[ControlResult, Floats]:
    """The control beside the model, and which test examples it gets right.

    A control of several draws is the one that the model beats least. Nothing more is drawn once the model does not beat
    it, or beats it by more than luck gives. The probabilities of the draw that counts are added to `told`.
    """
    same = control.is_the_model(trial.plan)
    start = time.monotonic()
    found: list[tuple[Interval, Floats, Floats]] = []
    for probabilities in () if same else control.draws(trial):
        answered = trial.task.correct(probabilities, targets)
        gain = measure_gain(correct, answered, seed=derive_seed(trial.plan.seed, name))
        found.append((gain, answered, probabilities))
        if not 0 < gain.low <= BEYOND_LUCK:
            break
    seconds = time.monotonic() - start
    if same:
        nothing = measure_gain(correct, correct, seed=derive_seed(trial.plan.seed, name))
        found.append((nothing.model_copy(update={"low": 0.0, "high": 0.0}), correct, told["model"]))
    gain, answered, told[name] = min(found, key=lambda one: one[0].low)
    least = trial.plan.minimum_effect
    result = ControlResult(
        name=name,
        accuracy=float(answered.mean()),
        gain=gain.value,
        interval=(gain.low, gain.high),
        verdict=judge_gain(gain, minimum_effect=least),
        num_to_decide=None if same else estimate_to_decide(correct - answered, minimum_effect=least),
        judges_transfer=control.judges_transfer,
        num_draws=len(found),
        same_as_model=same,
        seconds=None if same else seconds,
    )
    return result, answered


def _sentence(verdict: Verdict, results: tuple[ControlResult, ...], *, from_scratch: bool) -> str:
    if from_scratch:
        return say("evidence.from-scratch")
    closest = strongest(results)
    low, high = closest.interval
    return say(
        f"evidence.{verdict}",
        control=closest.name,
        gain=f"{100 * closest.gain:+.1f}",
        low=f"{100 * low:+.1f}",
        high=f"{100 * high:+.1f}",
    )


def _measure_overfitting(model: Model, trial: Trial, results: tuple[ControlResult, ...]) -> Overfitting:
    generator = np.random.default_rng(derive_seed(trial.plan.seed, "gap"))
    train = trial.splits.train
    if len(train) > _GAP_EXAMPLES:
        train = np.sort(generator.choice(train, _GAP_EXAMPLES, replace=False))
    all_targets = trial.data.targets()
    seen, unseen = (
        trial.task.correct(_answer(model, trial, positions), all_targets[positions])
        for positions in (train, trial.splits.tune)
    )
    gap = measure_gap(seen, unseen, seed=trial.plan.seed)
    overfitted = gap.low > _LARGEST_GAP
    frozen = next(result for result in results if result.name == "frozen-backbone")
    lost = frozen.verdict is Verdict.HURT and not trial.plan.from_scratch
    key = "lost" if lost else "yes" if overfitted else "no"
    return Overfitting(
        train_accuracy=float(seen.mean()),
        tune_accuracy=float(unseen.mean()),
        gap=gap,
        overfitted=overfitted,
        sentence=say(
            f"evidence.overfitting-{key}",
            train=f"{100 * seen.mean():.1f}",
            tune=f"{100 * unseen.mean():.1f}",
            gap=f"{100 * gap.value:.1f}",
            low=f"{100 * gap.low:.1f}",
            high=f"{100 * gap.high:.1f}",
        ),
    )


def _answer(model: Model, trial: Trial, positions: np.ndarray) -> Floats:
    items = [trial.data.examples[i].item for i in positions]
    return answer(model, items, store=trial.store, reporter=trial.reporter)
