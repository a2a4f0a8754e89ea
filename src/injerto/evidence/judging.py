"""From test answers to evidence: gains over every control, the verdict on the transfer, overfitting."""

from typing import Final

import numpy as np

from injerto.artifacts.model import Model
from injerto.core.evidence import ControlResult, Evidence, Interval, Overfitting, Verdict
from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.evidence.answers import answer
from injerto.evidence.bootstrap import measure_gain, measure_gap, measure_mean
from injerto.evidence.control import Trial, controls
from injerto.evidence.more_labels import measure_more_labels
from injerto.tasks.task import Floats

_LARGEST_GAP: Final = 0.05
"""A train-tune gap is called overfitting when its whole interval lies above this."""
_GAP_EXAMPLES: Final = 2000
"""Training examples looked at for the gap; more would narrow the interval very little."""


def measure_evidence(model: Model, trial: Trial) -> tuple[Evidence, dict[str, float]]:
    """Judge the model on the test split, beside every control; also returns the model's metrics."""
    targets = trial.data.targets()[trial.splits.test]
    probabilities = _answer(model, trial, trial.splits.test)
    correct = trial.task.correct(probabilities, targets)
    results = tuple(_compare(name, probabilities, targets, trial) for name in controls.names())
    verdict = judge_transfer(results)
    if trial.plan.from_scratch:
        verdict = Verdict.INCONCLUSIVE
    evidence = Evidence(
        verdict=verdict,
        sentence=_sentence(verdict, results, from_scratch=trial.plan.from_scratch),
        accuracy=measure_mean(correct, seed=trial.plan.seed),
        controls=results,
        overfitting=_measure_overfitting(model, trial, results),
        learning_curve=measure_more_labels(trial),
    )
    return evidence, trial.task.measure(probabilities, targets)


def judge_transfer(results: tuple[ControlResult, ...]) -> Verdict:
    """`hurt` if any control that judges the transfer beats the model, `helped` if the model beats them all."""
    verdicts = {result.verdict for result in results if result.judges_transfer}
    if Verdict.HURT in verdicts:
        return Verdict.HURT
    return Verdict.HELPED if verdicts == {Verdict.HELPED} else Verdict.INCONCLUSIVE


def judge_gain(gain: Interval) -> Verdict:
    """An interval that excludes zero decides; any other does not."""
    if gain.low > 0:
        return Verdict.HELPED
    return Verdict.HURT if gain.high < 0 else Verdict.INCONCLUSIVE


def _compare(name: str, probabilities: Floats, targets: np.ndarray, trial: Trial) -> ControlResult:
    control = controls.get(name)()
    same = control.is_the_model(trial.plan)
    correct = trial.task.correct(probabilities, targets)
    answered = correct if same else trial.task.correct(control.probabilities(trial), targets)
    gain = measure_gain(correct, answered, seed=derive_seed(trial.plan.seed, name))
    return ControlResult(
        name=name,
        accuracy=float(answered.mean()),
        gain=gain.value,
        interval=(gain.low, gain.high),
        verdict=judge_gain(gain),
        judges_transfer=control.judges_transfer,
        same_as_model=same,
    )


def _sentence(verdict: Verdict, results: tuple[ControlResult, ...], *, from_scratch: bool) -> str:
    if from_scratch:
        return say("evidence.from-scratch")
    judging = [result for result in results if result.judges_transfer]
    # The strongest control decides what can be claimed.
    closest = min(judging, key=lambda result: result.interval[0])
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
