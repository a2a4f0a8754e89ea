"""What the audits found, and how the model does for each group where columns were named."""

import math
from typing import ClassVar, Final, final

from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.evidence import Interval
from injerto.core.finding import AuditReport, Finding, GroupFigures, GroupMeasure, GroupTable, Unit
from injerto.core.messages import say
from injerto.reports.charts.rows import Row, draw_intervals
from injerto.reports.html import Child, coded, shown, tag, worded
from injerto.reports.material import AbstractMaterial, Material
from injerto.reports.numbers import between, counted, percent, plain_between, points, signed
from injerto.reports.panel import EVERY_KIND, AbstractPanel, figure, folded, note, panels, table

_MOST_EXAMPLES: Final = 6
_MOST_LABELS: Final = 12
"""Labels whose rates are listed for each group."""
_MOST_DRAWN: Final = 12
"""Groups of one column that are drawn, the worst of them; the table has all."""


@panels.register
@final
class Audits(AbstractPanel[AbstractMaterial]):
    """Findings with their codes, then a chart and a table for each column."""

    place: ClassVar[int] = 95
    kinds: ClassVar[frozenset[AnswerKind]] = EVERY_KIND

    def render(self, material: AbstractMaterial) -> Child:
        found = material.audit
        if found is None:
            return None
        return [
            _findings(found, material),
            [_by_group(one, material) for one in found.tables] if found.tables else note("report.audits.no-groups"),
        ]


def _findings(found: AuditReport, material: AbstractMaterial) -> Child:
    if not found.findings:
        return note("report.audits.none")
    return tag("ul", [_finding(one, material) for one in found.findings], class_="findings")


def _finding(one: Finding, material: AbstractMaterial) -> Markup:
    return tag(
        "li",
        tag(
            "p",
            tag("span", say(f"report.audits.is-{one.severity}"), class_=f"severity {one.severity}"),
            " ",
            tag("code", one.code),
        ),
        tag("p", coded(one.sentence)),
        tag("p", worded(one.remedy), class_="note") if one.remedy else None,
        _shown(one, material),
    )


def _shown(one: Finding, material: AbstractMaterial) -> Child:
    """Some of the examples that show it, with what they are and what was said of them."""
    if not isinstance(material, Material) or material.examples is None or material.answered is None:
        return None
    examples, answered = material.examples, material.answered
    parts = []
    for at in one.examples[:_MOST_EXAMPLES]:
        target, told = (material.labels[int(label[at])] for label in (answered.target, answered.predicted))
        words = target if target == told else say("report.audits.taken", label=target, told=told)
        picture = examples.show_small(examples.test[at], place=examples.place(at), labelled=target)
        parts.append(tag("li", picture, tag("span", shown(words, longest=80), class_="label")))
    return tag("div", tag("ul", parts), class_="nearest") if parts else None


def _by_group(one: GroupTable, material: AbstractMaterial) -> Child:
    judged = [group for group in one.groups if group.value is not None]
    title = say("report.audits.by", column=one.column, metric=say(f"audit.metric-{one.metric}"))
    columns = [say(f"report.audits.{name}") for name in ("group", "origin", "examples")]
    direction = "gap" if one.higher_is_better else "gap-above"
    columns += [say(f"audit.short-{one.metric}"), say(f"report.audits.{direction}"), say("report.audits.ratio")]
    made = table(columns, [_row(group, one.unit) for group in one.groups], caption=title, numbers=4)
    if not judged:
        return [tag("h3", shown(title)), made]
    # Six columns need the width of the page.
    chart = figure(_chart(one, judged, material), _caption(one))
    return [tag("h3", shown(title)), chart, made, _further(one, judged), _by_label(one, judged)]


def _chart(one: GroupTable, judged: list[GroupFigures], material: AbstractMaterial) -> Markup:
    rows = [_drawn(group, one.unit) for group in judged[:_MOST_DRAWN]]
    ends = [end for row in rows for end in (row.low, row.high) if end is not None]
    margin = 0.02 if one.unit == "share" else 0.05 * (max(ends) - min(ends) or 1.0)
    return draw_intervals(
        rows,
        low=max(0.0, min(ends) - margin),
        high=min({"share": 1.0, "hundred": 100.0, "plain": math.inf}[one.unit], max(ends) + margin),
        write=lambda value: f"{100 * value:.3g} %" if one.unit == "share" else f"{value:.3g}",
        title=say("report.audits.by", column=one.column, metric=say(f"audit.metric-{one.metric}")),
        description="; ".join(f"{row.name}: {row.words}" for row in rows),
        numbers=material.numbers,
        reference=one.mean,
        reference_words=say("report.audits.mean", mean=_number(one.mean, one.unit)),
    )


def _drawn(group: GroupFigures, unit: Unit) -> Row:
    assert group.value is not None
    worse = group.gap is not None and group.gap.low > 0
    low, high = group.value.low, group.value.high
    words = f"{_number(group.value.value, unit)} ({_between(group.value, unit)})"
    return Row(
        name=group.group, words=words, value=group.value.value, low=low, high=high, look="bad" if worse else "plain"
    )


def _row(group: GroupFigures, unit: Unit) -> list[Child]:
    origin = "–" if group.origin is None else say(f"audit.of-origin-{group.origin}")
    if group.value is None or group.gap is None:
        return [shown(group.group), say("audit.too-few"), counted(group.num_examples), "–", "–", "–"]
    gap = group.gap
    low, high = (_signed(end, unit) for end in (gap.low, gap.high))
    words = f"{_signed(gap.value, unit)} ({say('report.between', low=low, high=high)})"
    ratio = "–" if group.ratio is None else f"{group.ratio.value:.2f} ({plain_between(group.ratio)})"
    return [
        shown(group.group),
        origin,
        counted(group.num_examples),
        _number(group.value.value, unit),
        words,
        ratio,
    ]


def _further(one: GroupTable, judged: list[GroupFigures]) -> Child:
    """The other metrics: each value, and how much worse than all others it is."""
    names = [measure.metric for measure in judged[0].further]
    if not names:
        return None
    columns = [say("report.audits.group")]
    for name in names:
        columns += [say(f"audit.short-{name}"), say("report.audits.worse-by")]
    rows: list[list[Child]] = []
    for group in judged:
        row: list[Child] = [shown(group.group)]
        for measure in group.further:
            row += _measured(measure, one.unit)
        rows.append(row)
    made = table(columns, rows, caption=say("report.audits.further-caption"), numbers=2 * len(names))
    return folded(say("report.audits.further"), made)


def _measured(measure: GroupMeasure, unit: Unit) -> list[Child]:
    """A value, and how much worse than all others it is."""
    if measure.value is None or measure.gap is None:
        return ["–", "–"]
    low, high = (_signed(end, unit) for end in (measure.gap.low, measure.gap.high))
    gap = f"{_signed(measure.gap.value, unit)} ({say('report.between', low=low, high=high)})"
    return [_number(measure.value.value, unit), tag("strong", gap) if measure.gap.low > 0 else gap]


def _by_label(one: GroupTable, judged: list[GroupFigures]) -> Child:
    """For each label what happens to it in each group."""
    if not judged[0].labels:
        return None
    names = ("recall", "precision", "false-positives", "share")
    columns = [say("report.audits.label"), say("report.audits.group"), say("report.audits.examples")]
    columns += [say(f"audit.short-{name}") for name in names]
    rows: list[list[Child]] = []
    for place, label in enumerate(judged[0].labels[:_MOST_LABELS]):
        for group in judged[:_MOST_DRAWN]:
            rates = group.labels[place]
            cells = [_rate(one) for one in (rates.recall, rates.precision, rates.false_positives, rates.share)]
            rows.append([shown(label.label), shown(group.group), counted(rates.num_examples), *cells])
    made = table(columns, rows, caption=say("report.audits.labels-caption"), numbers=1 + len(names))
    return folded(say("report.audits.labels"), made)


def _rate(rate: Interval | None) -> str:
    return "–" if rate is None else f"{percent(rate.value)} ({between(rate.low, rate.high)})"


def _caption(one: GroupTable) -> str:
    worst = next(group for group in one.groups if group.group == one.worst)
    assert worst.value is not None
    value, mean = (_number(value, one.unit) for value in (worst.value.value, one.mean))
    metric = say(f"audit.metric-{one.metric}")
    words = say("audit.worst", group=worst.group, metric=metric, value=value, mean=mean)
    if one.equalised_odds is None or one.demographic_parity is None:
        return words
    odds, parity = (f"{100 * value:.1f}" for value in (one.equalised_odds, one.demographic_parity))
    return f"{words} {say('audit.spreads', odds=odds, parity=parity)}"


def _number(value: float, unit: Unit) -> str:
    return percent(value) if unit == "share" else f"{value:.{1 if unit == 'hundred' else 2}f}"


def _signed(value: float, unit: Unit) -> str:
    return points(value) if unit == "share" else signed(value)


def _between(value: Interval, unit: Unit) -> str:
    return between(value.low, value.high) if unit == "share" else plain_between(value)
