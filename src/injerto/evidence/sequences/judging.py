"""From test answers to evidence: gains over every control with intervals, the verdict, overfitting."""

import time
from collections.abc import Sequence
from typing import Final

from injerto.artifacts.sequence_model import SequenceModel
from injerto.core.answers_on_test import SumsOnTest
from injerto.core.evidence import SkippedControl, Verdict
from injerto.core.messages import say
from injerto.core.sequences import Sample, SequenceControl, SequenceEvidence, SequenceOverfitting
from injerto.core.training_course import EpochRecord
from injerto.data.arrays import Floats
from injerto.evidence.deciding import judge_gain
from injerto.evidence.kept_sums import MODEL, keep_sums
from injerto.evidence.sequences.control import SequenceTrial, sequence_controls
from injerto.evidence.sequences.paired import measure_metric, measure_metric_gain
from injerto.tasks.answers import SequenceAnswers
from injerto.tasks.sequence import AbstractSequenceTask

_RISE: Final = 0.02
"""A tune loss that ends this share above its least has turned."""
_LARGEST_GAP: Final = 0.1
"""Of the tune loss: a gap to the training loss that, with a rise, is called overfitting."""
_SAMPLES: Final = 3
_SAMPLE_CHARACTERS: Final = 400


def measure_sequence_evidence(
    model: SequenceModel, trial: SequenceTrial, history: Sequence[EpochRecord]
) -> tuple[SequenceEvidence, SumsOnTest]:
    """Judge the model on the test split, beside every control; also what is kept of all answers."""
    seed, task = trial.plan.seed, trial.task
    own = model.answer(trial.test, outputs=True, seed=seed, reporter=trial.reporter)
    results, skipped = [], []
    sums = {MODEL: _rows_of(task, own)}
    untouched: SequenceAnswers | None = None
    for name in reversed(sequence_controls.names()):
        control = sequence_controls.get(name)()
        if (because := control.reason_to_skip(trial)) is not None:
            skipped.append(SkippedControl(name=name, because=because))
            continue
        start = time.monotonic()
        other = control.model(trial).answer(trial.test, outputs=True, seed=seed, reporter=trial.reporter)
        seconds = time.monotonic() - start
        sums[name] = _rows_of(task, other)
        results.append(compare_answers(name, task, own, other, seed=seed, minimum_effect=trial.plan.minimum_effect))
        results[-1] = results[-1].model_copy(update={"judges_transfer": control.judges_transfer, "seconds": seconds})
        untouched = other if name == "untouched" else untouched
    verdict = _judge(results, from_scratch=trial.plan.from_scratch)
    evidence = SequenceEvidence(
        verdict=verdict,
        sentence=verdict_sentence(verdict, results, task),
        metric=task.judged_by,
        minimum_effect=trial.plan.minimum_effect,
        metrics={metric.name: measure_metric(metric, own, seed=seed) for metric in task.metrics()},
        signatures=signatures_of(task),
        controls=tuple(results),
        not_run=tuple(skipped),
        overfitting=_measure_overfitting(history),
        samples=make_samples(own, untouched),
    )
    return evidence, keep_sums(trial.test, sums)


def _rows_of(task: AbstractSequenceTask, answers: SequenceAnswers) -> dict[str, Floats]:
    """The statistics of every metric; metrics of one kind of sums share them in what is kept."""
    return {metric.sums_of: metric.rows(answers) for metric in task.metrics()}


def compare_answers(
    name: str,
    task: AbstractSequenceTask,
    model: SequenceAnswers,
    other: SequenceAnswers,
    *,
    seed: int,
    minimum_effect: float,
) -> SequenceControl:
    """One control beside the model, by every metric."""
    gains = {metric.name: measure_metric_gain(metric, model, other, seed=seed) for metric in task.metrics()}
    return SequenceControl(
        name=name,
        metrics={metric.name: metric.measure(other) for metric in task.metrics()},
        gains=gains,
        verdict=judge_gain(gains[task.judged_by], minimum_effect=minimum_effect),
        judges_transfer=True,
    )


def signatures_of(task: AbstractSequenceTask) -> dict[str, str]:
    """How the metrics were computed, of those whose library says it."""
    found = {metric.name: metric.signature() for metric in task.metrics()}
    return {name: text for name, text in found.items() if text is not None}


def make_samples(model: SequenceAnswers, untouched: SequenceAnswers | None) -> tuple[Sample, ...]:
    """The first test examples that something was written for."""
    written = [i for i in range(len(model)) if model.outputs[i]][:_SAMPLES]
    return tuple(
        Sample(
            source=model.sources[i][:_SAMPLE_CHARACTERS],
            reference=model.references[i][:_SAMPLE_CHARACTERS],
            model=model.outputs[i][:_SAMPLE_CHARACTERS],
            untouched=None if untouched is None else untouched.outputs[i][:_SAMPLE_CHARACTERS],
        )
        for i in written
    )


def _judge(results: Sequence[SequenceControl], *, from_scratch: bool) -> Verdict:
    verdicts = {result.verdict for result in results if result.judges_transfer}
    if from_scratch or not verdicts:
        return Verdict.INCONCLUSIVE
    if Verdict.HURT in verdicts:
        return Verdict.HURT
    return Verdict.HELPED if verdicts == {Verdict.HELPED} else Verdict.INCONCLUSIVE


def verdict_sentence(verdict: Verdict, results: Sequence[SequenceControl], task: AbstractSequenceTask) -> str:
    """What a person is told: the gain over the control that leaves least of it."""
    judging = [result for result in results if result.judges_transfer]
    if not judging:
        return say("language.scratch-alone")
    closest = min(judging, key=lambda result: result.gains[task.judged_by].low)
    gain = closest.gains[task.judged_by]
    # Of harm the sentence speaks from the control's side.
    values = (-gain.value, -gain.high, -gain.low) if verdict is Verdict.HURT else (gain.value, gain.low, gain.high)
    return say(
        f"language.{verdict}",
        control=closest.name,
        metric=task.judged_by.replace("_", " "),
        gain=f"{values[0]:.2f}",
        low=f"{values[1]:+.2f}",
        high=f"{values[2]:+.2f}",
    )


def _measure_overfitting(history: Sequence[EpochRecord]) -> SequenceOverfitting:
    """From the epoch whose weights were kept, and what came after it."""
    if not history:
        return SequenceOverfitting(train_loss=0.0, tune_loss=0.0, gap=0.0, overfitted=False, sentence="")
    kept = min(history, key=lambda record: record.tune_loss)
    gap = kept.tune_loss - kept.train_loss
    rises = history[-1].tune_loss > (1 + _RISE) * kept.tune_loss
    overfitted = rises and history[-1].tune_loss - history[-1].train_loss > _LARGEST_GAP * history[-1].tune_loss
    key = "yes" if overfitted else "no"
    return SequenceOverfitting(
        train_loss=kept.train_loss,
        tune_loss=kept.tune_loss,
        gap=gap,
        overfitted=overfitted,
        sentence=say(f"language.overfitting-{key}", train=f"{kept.train_loss:.3f}", tune=f"{kept.tune_loss:.3f}"),
    )
