"""How the error falls with the number of labels, and what more of them would give."""

from collections.abc import Iterator
from typing import ClassVar, Final, final

from injerto.core.answer_kind import AnswerKind
from injerto.core.learning_curve import LearningCurve
from injerto.core.messages import say
from injerto.reports.charts.lines import Axis, Line, Mark, draw_lines
from injerto.reports.html import Child, tag
from injerto.reports.material import Material
from injerto.reports.numbers import between, counted, percent
from injerto.reports.panel import LABELS, AbstractPanel, beside, figure, note, panels, table

_HEADROOM: Final = 1.1


@panels.register
@final
class LearningCurvePanel(AbstractPanel[Material]):
    """Of a linear head on the frozen backbone, on examples that it has not seen."""

    place: ClassVar[int] = 70
    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def render(self, material: Material) -> Child:
        curve = material.evidence.learning_curve
        if curve is None:
            return note("report.learning-curve.absent")
        if curve.now is None or not curve.points:
            return tag("p", curve.sentence, class_="note")
        columns = [say(f"report.learning-curve.{name}") for name in ("labels", "error", "interval", "how")]
        made = table(columns, list(_rows(curve)), caption=say("report.learning-curve.chart"), numbers=3)
        return beside(figure(_chart(curve, material), curve.sentence), made)


def _chart(curve: LearningCurve, material: Material) -> Child:
    assert curve.now is not None
    ahead = (curve.now, *curve.predictions)
    ends = [*(point.high for point in curve.points), *(one.high for one in ahead)]
    first, last = curve.points[0].num_examples, float(ahead[-1].num_examples)
    return draw_lines(
        [
            Line(
                name=say("report.learning-curve.measured"),
                x=[point.num_examples for point in curve.points],
                y=[point.error for point in curve.points],
                low=[point.low for point in curve.points],
                high=[point.high for point in curve.points],
                look=0,
            ),
            Line(
                name=say("report.learning-curve.predicted"),
                x=[float(one.num_examples) for one in ahead],
                y=[one.error for one in ahead],
                low=[one.low for one in ahead],
                high=[one.high for one in ahead],
                look=2,
            ),
        ],
        Axis(
            words=say("report.learning-curve.labels"),
            low=first,
            high=last,
            write=lambda value: counted(value),
            logarithmic=True,
            at=_places(curve, last),
        ),
        Axis(
            words=say("report.learning-curve.error"),
            low=0.0,
            high=min(1.0, _HEADROOM * max(ends)),
            write=lambda value: f"{100 * value:g} %",
        ),
        title=say("report.learning-curve.chart"),
        description=curve.sentence,
        numbers=material.numbers,
        marks=[Mark(x=float(curve.now.num_examples), words=say("report.learning-curve.now"))],
    )


def _places(curve: LearningCurve, last: float) -> list[float]:
    """Ticks where something was measured, as far apart as their words need."""
    assert curve.now is not None
    wanted = [
        curve.points[0].num_examples,
        *(p.num_examples for p in curve.points[1:]),
        float(curve.now.num_examples),
        last,
    ]
    kept = [wanted[0]]
    for value in wanted[1:]:
        if value / kept[-1] >= 1.7:
            kept.append(value)
    return kept


def _rows(curve: LearningCurve) -> Iterator[list[Child]]:
    for point in curve.points:
        how = say("report.learning-curve.from-subsets", number=point.num_subsets)
        yield [counted(point.num_examples), percent(point.error), between(point.low, point.high), how]
    assert curve.now is not None
    for one in (curve.now, *curve.predictions):
        key = "now" if one.factor == 1 else "ahead"
        how = say(f"report.learning-curve.{key}", factor=f"{one.factor:g}")
        yield [counted(one.num_examples), percent(one.error), between(one.low, one.high), how]
