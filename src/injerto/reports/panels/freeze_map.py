"""Which layers learned and which were kept as they came."""

from collections.abc import Iterator
from itertools import groupby
from typing import ClassVar, final

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import say
from injerto.core.plan import FreezePlan, FreezeRow
from injerto.reports.charts.layers import draw_layers
from injerto.reports.html import Child, shown, tag, worded
from injerto.reports.material import AbstractMaterial, Material
from injerto.reports.numbers import counted, percent
from injerto.reports.panel import EVERY_KIND, AbstractPanel, beside, figure, note, panels, table


@panels.register
@final
class FreezeMap(AbstractPanel[AbstractMaterial]):
    """One drawing a phase, from the input on the left to the head on the right."""

    place: ClassVar[int] = 20
    kinds: ClassVar[frozenset[AnswerKind]] = EVERY_KIND

    def render(self, material: AbstractMaterial) -> Child:
        course = material.course
        if course is None:
            return note("report.earlier-version")
        fallback = material.outcome.fallback if isinstance(material, Material) else None
        given_up = note("report.freeze-map.given-up", strategy=fallback.given_up) if fallback is not None else None
        return [given_up, _legend(), [_phase(plan, material) for plan in course.freeze_plans]]


def _legend() -> Child:
    return tag(
        "p",
        tag("span", class_="swatch frozen", aria_hidden="true"),
        say("report.freeze-map.frozen"),
        tag("span", class_="swatch learns", aria_hidden="true"),
        say("report.freeze-map.learns"),
        class_="legend-line",
    )


def _phase(plan: FreezePlan, material: AbstractMaterial) -> Child:
    total = sum(row.num_parameters for row in plan.rows)
    learning = sum(row.num_trained for row in plan.rows if row.trained)
    number = sum(row.trained and row.num_trained > 0 for row in plan.rows)
    share = percent(learning / total) if total else "–"
    words = say(
        "report.freeze-map.of-groups",
        phase=plan.phase,
        number=number,
        groups=len(plan.rows),
        learning=counted(learning),
        share=share,
    )
    chart = draw_layers(
        plan.rows,
        input_words=say("report.freeze-map.input"),
        head_words=say("report.freeze-map.head"),
        title=say("report.freeze-map.chart", phase=plan.phase),
        description=words,
        numbers=material.numbers,
    )
    columns = [say(f"report.freeze-map.{name}") for name in ("group", "state", "parameters", "learning", "rate")]
    rows = table(columns, list(_rows(plan)), caption=say("report.freeze-map.chart", phase=plan.phase), numbers=3)
    return beside([figure(chart, words), tag("p", worded(plan.cut.strip()), class_="note")], rows)


def _rows(plan: FreezePlan) -> Iterator[list[Child]]:
    """Frozen neighbours are one row."""
    for _, group in groupby(plan.rows, key=lambda row: row.group if row.trained else ""):
        rows = list(group)
        total, first = sum(row.num_parameters for row in rows), rows[0]
        name = first.group if len(rows) == 1 else f"{first.group} … {rows[-1].group} ({len(rows)})"
        yield [shown(name), _state(first), counted(total), _learning(first), _rate(first)]
    yield [say("report.freeze-map.head"), say("report.freeze-map.is-learning"), "–", "–", "–"]


def _state(row: FreezeRow) -> str:
    return say("report.freeze-map.is-learning" if row.trained else "report.freeze-map.is-frozen")


def _learning(row: FreezeRow) -> str:
    return counted(row.num_trained) if row.trained else "0"


def _rate(row: FreezeRow) -> str:
    return "–" if row.learning_rate is None or not row.trained else f"{row.learning_rate:.1e}"
