"""The leaderboard and the curves of a run, from what was measured."""

from collections.abc import Iterator, Sequence

from injerto.core.leaderboard import Leaderboard, LeaderboardRow, Plot, Plots, Series
from injerto.core.learning_curve import LearningCurve
from injerto.core.messages import say
from injerto.core.outcome import FitOutcome
from injerto.core.plan import Plan
from injerto.core.training_course import EpochRecord


def make_leaderboard(plan: Plan, outcome: FitOutcome) -> Leaderboard:
    """The model and its controls on the test split, then what a search tried, on its own examples."""
    accuracy = outcome.evidence.accuracy
    tested = [
        LeaderboardRow(
            name=plan.strategy,
            kind="model",
            backbone=plan.backbone,
            accuracy=accuracy.value,
            low=accuracy.low,
            high=accuracy.high,
            judged_on="test",
            num_examples=accuracy.num_examples,
            seconds=outcome.seconds,
        ),
        *(
            LeaderboardRow(
                name=control.name,
                kind="control",
                accuracy=control.accuracy,
                judged_on="test",
                num_examples=accuracy.num_examples,
            )
            for control in outcome.evidence.controls
            if not control.same_as_model
        ),
    ]
    tried = [
        LeaderboardRow(
            name=rung.strategy,
            kind="tried",
            backbone=rung.backbone,
            accuracy=rung.accuracy,
            judged_on="selection",
            num_examples=rung.num_examples,
            seconds=rung.seconds,
        )
        for rung in (plan.search.rungs if plan.search else ())
        if rung.accuracy is not None
    ]
    return Leaderboard(rows=tuple(row for block in (tested, tried) for row in sorted(block, key=_place)))


def make_plots(outcome: FitOutcome, history: Sequence[EpochRecord]) -> Plots:
    """Losses and accuracy by epoch, one plot a phase, and the learning curve; only what was measured."""
    return Plots(plots=(*_training(history), *_learning(outcome.evidence.learning_curve)))


def _place(row: LeaderboardRow) -> tuple[float, str]:
    return -row.accuracy, row.name


def _training(history: Sequence[EpochRecord]) -> Iterator[Plot]:
    for phase in dict.fromkeys(record.phase for record in history):
        records = [record for record in history if record.phase == phase]
        epochs = tuple(float(record.epoch) for record in records)
        yield Plot(
            name=f"loss: {phase}",
            x_label=say("plot.epoch"),
            y_label=say("plot.log-loss"),
            series=(
                Series(name="train", x=epochs, y=tuple(record.train_loss for record in records)),
                Series(name="tune", x=epochs, y=tuple(record.tune_loss for record in records)),
            ),
        )
        yield Plot(
            name=f"accuracy: {phase}",
            x_label=say("plot.epoch"),
            y_label=say("plot.accuracy"),
            series=(Series(name="tune", x=epochs, y=tuple(record.tune_accuracy for record in records)),),
        )


def _learning(curve: LearningCurve | None) -> Iterator[Plot]:
    if curve is None or not curve.points:
        return
    points, ahead = curve.points, curve.predictions
    yield Plot(
        name="learning curve",
        x_label=say("plot.labels"),
        y_label=say("plot.error"),
        series=(
            Series(
                name="measured",
                x=tuple(point.num_examples for point in points),
                y=tuple(point.error for point in points),
                low=tuple(point.low for point in points),
                high=tuple(point.high for point in points),
            ),
            Series(
                name="predicted",
                x=tuple(float(one.num_examples) for one in ahead),
                y=tuple(one.error for one in ahead),
                low=tuple(one.low for one in ahead),
                high=tuple(one.high for one in ahead),
            ),
        ),
    )
