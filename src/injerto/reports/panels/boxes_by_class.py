"""How well each class of objects is found, by size too, and what another threshold would give."""

from collections.abc import Iterator
from typing import ClassVar, Final, final

from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.detection import ClassPrecision, DetectionMeasure
from injerto.core.messages import say
from injerto.reports.charts.lines import Axis, Line, Mark, draw_lines
from injerto.reports.charts.rows import Row, draw_intervals
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import Material
from injerto.reports.numbers import between, counted, percent
from injerto.reports.panel import AbstractPanel, beside, figure, note, panels, table

_MOST_DRAWN: Final = 14
"""Classes in the chart, the worst of them; the table has more."""
_MOST_LISTED: Final = 400


@panels.register
@final
class BoxesByClass(AbstractPanel[Material]):
    """Average precision with its interval, then precision and recall over the threshold."""

    place: ClassVar[int] = 45
    kinds: ClassVar[frozenset[AnswerKind]] = frozenset({AnswerKind.BOXES})

    def render(self, material: Material) -> Child:
        found = material.outcome.detection
        if found is None:
            return note("report.earlier-version")
        order = sorted(found.classes, key=lambda one: 2.0 if one.precision is None else one.precision)
        return [
            beside(_chart(found, order, material), _table(order)),
            beside(_thresholds(found, material), _sizes(found)),
            list(_efficiency(material)),
        ]


def _chart(found: DetectionMeasure, order: list[ClassPrecision], material: Material) -> Child:
    rows = [_row(one) for one in order if one.precision is not None][:_MOST_DRAWN]
    if not rows:
        return note("report.boxes-by-class.none")
    mean = found.mean_precision
    ends = [end for row in rows for end in (row.value, row.low, row.high) if end is not None]
    chart = draw_intervals(
        rows,
        low=max(0.0, min(ends) - 0.02),
        high=min(1.0, max(ends) + 0.02),
        write=lambda share: f"{100 * share:.3g} %",
        title=say("report.boxes-by-class.chart"),
        description="; ".join(f"{row.name}: {row.words}" for row in rows),
        numbers=material.numbers,
        reference=mean.value,
        reference_words=say("report.boxes-by-class.mean", value=percent(mean.value)),
    )
    return figure(chart, say("report.boxes-by-class.caption", number=counted(found.num_images)))


def _row(one: ClassPrecision) -> Row:
    assert one.precision is not None
    words = percent(one.precision)
    if one.interval is None:
        return Row(name=one.label, words=words, value=one.precision)
    low, high = one.interval
    return Row(name=one.label, words=f"{words} ({between(low, high)})", value=one.precision, low=low, high=high)


def _table(order: list[ClassPrecision]) -> Markup:
    columns = [say(f"report.boxes-by-class.{name}") for name in ("class", "ap", "interval", "ap50", "objects")]
    rows = [
        [
            shown(one.label),
            "–" if one.precision is None else percent(one.precision),
            "–" if one.interval is None else between(*one.interval),
            "–" if one.precision_50 is None else percent(one.precision_50),
            counted(one.num_objects),
        ]
        for one in order[:_MOST_LISTED]
    ]
    return table(columns, rows, caption=say("report.boxes-by-class.table"), numbers=4)


def _thresholds(found: DetectionMeasure, material: Material) -> Child:
    points = [one for one in found.thresholds if one.precision is not None]
    if len(points) < 2:
        return note("report.earlier-version") if not found.thresholds else None
    scores = [one.score for one in points]
    title = say("report.boxes-by-class.thresholds")
    words = say("report.boxes-by-class.thresholds-caption", threshold=f"{found.threshold:.2f}")
    chart = draw_lines(
        [
            Line(name=say("report.boxes-by-class.found"), x=scores, y=[one.recall for one in points], look=0),
            Line(name=say("report.boxes-by-class.right"), x=scores, y=[one.precision or 0.0 for one in points], look=1),
        ],
        Axis(words=say("report.boxes-by-class.threshold"), low=0.0, high=1.0),
        Axis(words=say("report.boxes-by-class.share"), low=0.0, high=1.0, write=lambda share: f"{100 * share:.0f} %"),
        title=title,
        description=words,
        numbers=material.numbers,
        marks=[Mark(x=found.threshold, words=say("report.boxes-by-class.chosen"))],
    )
    return figure(chart, words)


def _sizes(found: DetectionMeasure) -> Markup:
    columns = [say(f"report.boxes-by-class.{name}") for name in ("size", "ap", "objects")]
    rows = [
        [
            say(f"report.boxes-by-class.size-{one.size}"),
            "–" if one.precision is None else percent(one.precision),
            counted(one.num_objects),
        ]
        for one in found.sizes
        if one.size in ("small", "medium", "large")
    ]
    return table(columns, rows, caption=say("report.boxes-by-class.sizes"), numbers=2)


def _efficiency(material: Material) -> Iterator[Child]:
    """What fewer pictures would have given, where that was asked for."""
    rows = [
        [percent(one.share), counted(one.num_images), percent(mean.value), between(mean.low, mean.high)]
        for one in material.outcome.label_efficiency
        for mean in (one.mean_precision,)
    ]
    if rows:
        columns = [say(f"report.boxes-by-class.{name}") for name in ("part", "pictures", "map", "interval")]
        yield tag("h3", say("report.boxes-by-class.efficiency"))
        yield table(columns, rows, caption=say("report.boxes-by-class.efficiency-caption"), numbers=3)
