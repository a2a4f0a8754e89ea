"""The training, epoch by epoch: the losses, the epoch that was kept, and where the network learned by heart."""

from collections.abc import Sequence
from typing import ClassVar, Final, final

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import say
from injerto.core.plan import Phase
from injerto.core.training_course import EpochRecord
from injerto.reports.charts.lines import Axis, Line, Mark, draw_lines
from injerto.reports.charts.rows import Row, draw_intervals
from injerto.reports.html import Child, shown, tag, worded
from injerto.reports.material import AbstractMaterial, Material, TextMaterial
from injerto.reports.numbers import percent, points, points_between, whole_points
from injerto.reports.panel import EVERY_KIND, AbstractPanel, beside, figure, folded, note, note_of, panels, table

_OPEN: Final = 12
"""Epochs up to which their table stands beside the chart."""
_LARGEST_GAP: Final = 0.05
"""The line beyond which a gap is called overfitting, as `evidence/judging.py` draws it."""


@panels.register
@final
class Curves(AbstractPanel[AbstractMaterial]):
    """One chart a phase that had epochs, and the gap between the splits, which every model has."""

    place: ClassVar[int] = 40
    kinds: ClassVar[frozenset[AnswerKind]] = EVERY_KIND

    def render(self, material: AbstractMaterial) -> Child:
        course = material.course
        epochs = course.epochs if course is not None else ()
        names = list(dict.fromkeys(record.phase for record in epochs))
        if course is None:
            drawn: Child = note("report.earlier-version")
        elif not names:
            drawn = note("report.curves.no-epochs")
        else:
            drawn = [_phase([one for one in epochs if one.phase == name], material) for name in names]
        return [_before(material, bool(names)), drawn]


def _before(material: AbstractMaterial, trained: bool) -> Child:
    """What stands above the epochs: the gap, and what became of the network."""
    if isinstance(material, TextMaterial):
        return note_of(material.evidence.overfitting.sentence)
    assert isinstance(material, Material)
    fallback, forgetting = material.outcome.fallback, material.evidence.forgetting
    given_up = note("report.freeze-map.given-up", strategy=fallback.given_up) if fallback and trained else None
    return [_gap(material), note_of(forgetting.sentence) if forgetting is not None else None, given_up]


def _gap(material: Material) -> Child:
    found = material.evidence.overfitting
    gap = found.gap
    look = "bad" if found.overfitted else "open" if gap.high > _LARGEST_GAP else "good"
    words = f"{points(gap.value)} ({points_between(gap.low, gap.high)})"
    row = Row(name=say("report.curves.gap"), words=words, value=gap.value, low=gap.low, high=gap.high, look=look)
    chart = draw_intervals(
        [row],
        low=min(gap.low, -0.01),
        high=max(gap.high, 2 * _LARGEST_GAP),
        write=whole_points,
        title=say("report.curves.gap"),
        description=found.sentence,
        numbers=material.numbers,
        reference=_LARGEST_GAP,
        reference_words=say("report.curves.gap-line"),
    )
    columns = [say("report.curves.split"), say(f"report.measure.{material.kind}")]
    rows = [
        [say("report.curves.train"), percent(found.train_accuracy)],
        [say("report.curves.tune"), percent(found.tune_accuracy)],
        [say("report.curves.test"), percent(material.evidence.accuracy.value)],
    ]
    by_split = table(columns, rows, caption=say(f"report.curves.splits-{material.kind}"), numbers=1)
    return beside(figure(chart, found.sentence), by_split)


def _phase(records: Sequence[EpochRecord], material: AbstractMaterial) -> Child:
    name = records[0].phase
    phase = next((one for one in material.plan.phases if one.name == name), None)
    kept = _kept(records, phase)
    marks = [Mark(x=kept.epoch, words=say("report.curves.kept", epoch=kept.epoch))]
    learned_by_heart = _turn(records)
    if learned_by_heart is not None:
        marks.append(Mark(x=learned_by_heart, until=records[-1].epoch, words=say("report.curves.by-heart")))
    epochs = [record.epoch for record in records]
    losses = [loss for record in records for loss in (record.train_loss, record.tune_loss)]
    title = say("report.curves.chart", phase=name)
    chart = draw_lines(
        [
            Line(name=say("report.curves.train"), x=epochs, y=[record.train_loss for record in records], look=1),
            Line(name=say("report.curves.tune"), x=epochs, y=[record.tune_loss for record in records], look=0),
        ],
        Axis(words=say("report.curves.epoch"), low=epochs[0], high=max(epochs[-1], epochs[0] + 1), at=_whole(epochs)),
        Axis(words=say(f"report.curves.loss-{material.kind}"), low=0.0, high=1.08 * max(losses)),
        title=title,
        description=say("report.curves.chart-text", epochs=len(epochs), kept=kept.epoch, loss=f"{kept.tune_loss:.3f}"),
        numbers=material.numbers,
        marks=marks,
    )
    columns = [say(f"report.curves.{key}") for key in ("epoch", "train-loss", "tune-loss")]
    columns += [say(f"report.curves.tune-{material.kind}"), say("report.curves.seconds")]
    rows = [
        [
            [str(one.epoch), tag("span", " ✓", aria_label=say("report.curves.kept-short")) if one is kept else None],
            f"{one.train_loss:.3f}",
            f"{one.tune_loss:.3f}",
            percent(one.tune_accuracy),
            f"{one.seconds:.1f}",
        ]
        for one in records
    ]
    rule = "last" if phase is not None and phase.keep == "last" else "best"
    words = [say(f"report.curves.kept-{rule}", kept=kept.epoch)]
    if learned_by_heart is not None:
        words.append(say("report.curves.heart", epoch=learned_by_heart))
    epochs_table = table(columns, rows, caption=title, numbers=4)
    if len(rows) == 1:  # One point is no curve.
        return [tag("h3", shown(title)), tag("p", worded(" ".join(words)), class_="note"), epochs_table]
    drawn = figure(chart, " ".join(words))
    if len(rows) <= _OPEN:
        return [tag("h3", shown(title)), beside(drawn, epochs_table)]
    return [tag("h3", shown(title)), drawn, folded(say("report.curves.all", number=len(rows)), epochs_table)]


def _kept(records: Sequence[EpochRecord], phase: Phase | None) -> EpochRecord:
    """The epoch whose weights the model has, by the rule of the phase."""
    if phase is not None and phase.keep == "last":
        return records[-1]
    return min(records, key=lambda record: record.tune_loss)


def _turn(records: Sequence[EpochRecord]) -> int | None:
    """The epoch from which tune never was better again while train went on falling, if it lasted two epochs or more."""
    best = min(range(len(records)), key=lambda i: records[i].tune_loss)
    after = records[best + 1 :]
    if len(after) < 2 or after[-1].train_loss >= records[best].train_loss:
        return None
    return records[best].epoch


def _whole(epochs: Sequence[int]) -> list[float]:
    step = max(1, round((epochs[-1] - epochs[0]) / 6))
    return [float(epoch) for epoch in range(epochs[0], epochs[-1] + 1, step)]
