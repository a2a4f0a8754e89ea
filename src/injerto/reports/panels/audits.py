"""What the audits found, and how the model does for each group where columns were named."""

from typing import ClassVar, Final, final

from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.finding import AuditReport, Finding, GroupFigures, GroupTable
from injerto.core.messages import say
from injerto.reports.charts.rows import Row, draw_intervals
from injerto.reports.html import Child, coded, shown, tag, worded
from injerto.reports.material import AbstractMaterial, Material
from injerto.reports.numbers import between, counted, percent, points, points_between
from injerto.reports.panel import EVERY_KIND, AbstractPanel, beside, figure, note, panels, table

_MOST_EXAMPLES: Final = 6
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
    judged = [group for group in one.groups if group.accuracy is not None]
    title = say("report.audits.by", column=one.column)
    columns = [say(f"report.audits.{name}") for name in ("group", "origin", "examples", "right", "gap")]
    made = table(columns, [_row(group) for group in one.groups], caption=title, numbers=3)
    if not judged:
        return [tag("h3", shown(title)), made]
    return [tag("h3", shown(title)), beside(figure(_chart(one, judged, material), _caption(one)), made)]


def _chart(one: GroupTable, judged: list[GroupFigures], material: AbstractMaterial) -> Markup:
    rows = [_drawn(group) for group in judged[:_MOST_DRAWN]]
    ends = [end for row in rows for end in (row.low, row.high) if end is not None]
    return draw_intervals(
        rows,
        low=max(0.0, min(ends) - 0.02),
        high=min(1.0, max(ends) + 0.02),
        write=lambda share: f"{100 * share:.3g} %",
        title=say("report.audits.by", column=one.column),
        description="; ".join(f"{row.name}: {row.words}" for row in rows),
        numbers=material.numbers,
        reference=one.mean,
        reference_words=say("report.audits.mean", mean=percent(one.mean)),
    )


def _drawn(group: GroupFigures) -> Row:
    assert group.accuracy is not None
    worse = group.gap is not None and group.gap.low > 0
    low, high = group.accuracy.low, group.accuracy.high
    words = f"{percent(group.accuracy.value)} ({between(low, high)})"
    return Row(
        name=group.group, words=words, value=group.accuracy.value, low=low, high=high, look="bad" if worse else "plain"
    )


def _row(group: GroupFigures) -> list[Child]:
    origin = "–" if group.origin is None else say(f"audit.of-origin-{group.origin}")
    if group.accuracy is None or group.gap is None:
        return [shown(group.group), say("audit.too-few"), counted(group.num_examples), "–", "–"]
    gap = f"{points(group.gap.value)} ({points_between(group.gap.low, group.gap.high)})"
    return [shown(group.group), origin, counted(group.num_examples), percent(group.accuracy.value), gap]


def _caption(one: GroupTable) -> str:
    worst = next(group for group in one.groups if group.group == one.worst)
    assert worst.accuracy is not None
    words = say("audit.worst", group=worst.group, accuracy=percent(worst.accuracy.value), mean=percent(one.mean))
    if one.equalised_odds is None or one.demographic_parity is None:
        return words
    odds, parity = (f"{100 * value:.1f}" for value in (one.equalised_odds, one.demographic_parity))
    return f"{words} {say('audit.spreads', odds=odds, parity=parity)}"
