"""A trained detector beside its controls on the same test pictures, and the verdict on the transfer."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from injerto.artifacts.model import Model
from injerto.core.answers_on_test import SumsOnTest
from injerto.core.detection import DetectionMeasure, LabelEfficiency
from injerto.core.evidence import ControlResult, Evidence, Interval, Overfitting, SkippedControl, Verdict
from injerto.core.messages import say
from injerto.core.seeds import derive_seed
from injerto.evidence.control import Trial
from injerto.evidence.deciding import judge_gain, judge_transfer, strongest
from injerto.evidence.detection.answering import Boxes, answer_boxes, pictures_of
from injerto.evidence.detection.kept import keep_boxes
from injerto.evidence.detection.measuring import DRAWS, FEWEST_PICTURES, interval, measure_boxes, measure_gains
from injerto.evidence.detection.trainings import FROZEN, Training, control_trainings, train_detector
from injerto.tasks.detection.errors import choose_threshold
from injerto.tasks.detection.metrics import BoxMatches, resample

_LARGEST_GAP: Final = 0.05
_GAP_PICTURES: Final = 200
"""Training pictures looked at for the gap."""
_SHARES: Final = (0.10, 0.25, 0.50, 1.0)


def choose_model_threshold(model: Model, trial: Trial) -> float:
    """By the tune split, which trained no weight."""
    tune = trial.splits.tune
    return choose_threshold(pictures_of(trial.data, tune, model.labels), _answer(model, trial, tune))


def measure_detection_evidence(
    model: Model, trial: Trial, *, strategy: str
) -> tuple[Evidence, DetectionMeasure, tuple[LabelEfficiency, ...], SumsOnTest]:
    """Judge the model on the test pictures beside every control that is affordable, or all that were asked for.

    The boxes of the controls are kept; a model whose network stayed frozen is its own control of that kind.
    """
    test, seed = trial.splits.test, trial.plan.seed
    pictures = pictures_of(trial.data, test, model.labels)
    found = _answer(model, trial, test)
    measured = measure_boxes(pictures, found, threshold=model.threshold, seed=seed)
    trainings, skipped = control_trainings(trial, strategy)
    frozen = all(phase.trains == "head" for phase in trial.plan.phases) and not trial.plan.from_scratch
    told = {FROZEN.name: found} if frozen else {}
    ran: list[tuple[Training, BoxMatches, float]] = []
    for training in trainings:
        start = time.monotonic()
        trial.reporter.note("detection.control", name=training.name)
        boxes = _answer(train_detector(trial, training).model, trial, test)
        told[training.name] = boxes
        ran.append((training, BoxMatches(pictures, boxes), time.monotonic() - start))
    gains = measure_gains(
        BoxMatches(pictures, found), [matches for _, matches, _ in ran], num_pictures=len(test), seed=seed
    )
    results = tuple(
        _result(training, matches, gain, seconds, trial.plan.minimum_effect)
        for (training, matches, seconds), gain in zip(ran, gains, strict=True)
    )
    judges = any(result.judges_transfer for result in results) and not trial.plan.from_scratch
    few = len(test) < FEWEST_PICTURES
    verdict = judge_transfer(results) if judges and not few else Verdict.INCONCLUSIVE
    evidence = Evidence(
        metric="mAP",
        verdict=verdict,
        sentence=_sentence(verdict, results, judges=judges, from_scratch=trial.plan.from_scratch),
        minimum_effect=trial.plan.minimum_effect,
        would_decide=say("detection.few", number=len(test), least=FEWEST_PICTURES) if few else None,
        accuracy=measured.mean_precision,
        controls=results,
        not_run=tuple(SkippedControl(name=name, because=because) for name, because in skipped),
        overfitting=_measure_overfitting(model, trial),
    )
    kept = keep_boxes([trial.data.examples[int(i)].item for i in test], told, model.labels)
    return evidence, measured, _measure_efficiency(trial) if trial.all_controls else (), kept


def _answer(model: Model, trial: Trial, positions: np.ndarray) -> Boxes:
    items = [trial.data.examples[int(i)].item for i in positions]
    return answer_boxes(model, items, store=trial.store, reporter=trial.reporter)


def _result(
    training: Training, matches: BoxMatches, gain: Interval, seconds: float, minimum_effect: float
) -> ControlResult:
    return ControlResult(
        name=training.name,
        accuracy=matches.mean_precision()[0],
        gain=gain.value,
        interval=(gain.low, gain.high),
        verdict=judge_gain(gain, minimum_effect=minimum_effect),
        judges_transfer=training.judges_transfer,
        seconds=seconds,
    )


def _sentence(verdict: Verdict, results: Sequence[ControlResult], *, judges: bool, from_scratch: bool) -> str:
    if from_scratch:
        return say("evidence.from-scratch")
    if not judges:
        return say("detection.no-control")
    closest = strongest(results)
    low, high = closest.interval
    return say(
        f"detection.{verdict}",
        control=closest.name,
        gain=f"{100 * closest.gain:+.1f}",
        low=f"{100 * low:+.1f}",
        high=f"{100 * high:+.1f}",
    )


def _measure_overfitting(model: Model, trial: Trial) -> Overfitting:
    """mAP on the training pictures minus that on tune, both resampled on their own."""
    seed = trial.plan.seed
    generator = np.random.default_rng(derive_seed(seed, "gap"))
    values, draws = [], []
    for positions in (generator.permutation(trial.splits.train)[:_GAP_PICTURES], trial.splits.tune):
        matches = BoxMatches(pictures_of(trial.data, positions, model.labels), _answer(model, trial, positions))
        values.append(matches.mean_precision()[0])
        some = resample([matches], num_pictures=len(positions), draws=DRAWS // 2, seed=derive_seed(seed, "gap"))
        draws.append(some[:, 0, 0])
    gap = interval(values[0] - values[1], draws[0] - generator.permutation(draws[1]), len(trial.splits.tune))
    overfitted = gap.low > _LARGEST_GAP
    return Overfitting(
        train_accuracy=values[0],
        tune_accuracy=values[1],
        gap=gap,
        overfitted=overfitted,
        sentence=say(
            f"detection.overfitting-{'yes' if overfitted else 'no'}",
            train=f"{100 * values[0]:.1f}",
            tune=f"{100 * values[1]:.1f}",
            gap=f"{100 * gap.value:.1f}",
            low=f"{100 * gap.low:.1f}",
            high=f"{100 * gap.high:.1f}",
        ),
    )


def _measure_efficiency(trial: Trial) -> tuple[LabelEfficiency, ...]:
    """mAP of the frozen strategy from nested parts of the training pictures, for as many steps each."""
    train = np.random.default_rng(derive_seed(trial.plan.seed, "shares")).permutation(trial.splits.train)
    pictures = pictures_of(trial.data, trial.splits.test, trial.data.labels)
    rows = []
    for share in _SHARES:
        part = np.sort(train[: max(1, round(share * len(train)))])
        smaller = replace(trial, splits=replace(trial.splits, train=part))
        training = Training(name=f"{share:.0%}", strategy="frozen", pretrained=not trial.plan.from_scratch, share=share)
        boxes = _answer(train_detector(smaller, training).model, trial, trial.splits.test)
        measured = measure_boxes(pictures, boxes, threshold=0.5, seed=trial.plan.seed)
        rows.append(LabelEfficiency(share=share, num_images=len(part), mean_precision=measured.mean_precision))
    return tuple(rows)
