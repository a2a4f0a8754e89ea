"""The model beside its controls, on the same test examples."""

from typing import ClassVar, final

from injerto.core.answer_kind import AnswerKind
from injerto.core.evidence import ControlResult, Verdict
from injerto.core.messages import say
from injerto.reports.charts.rows import Row, draw_bars, draw_intervals
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import Material
from injerto.reports.numbers import between, percent, points, points_between, whole_points
from injerto.reports.panel import NOT_TEXT, AbstractPanel, beside, figure, named, note, panels, table

_LOOKS = {Verdict.HELPED: "good", Verdict.INCONCLUSIVE: "open", Verdict.HURT: "bad"}


@panels.register
@final
class Controls(AbstractPanel[Material]):
    """Two charts and a table: how good each is, and what the model gains over it."""

    place: ClassVar[int] = 30
    kinds: ClassVar[frozenset[AnswerKind]] = NOT_TEXT

    def render(self, material: Material) -> Child:
        evidence = material.evidence
        others = sorted((one for one in evidence.controls if not one.same_as_model), key=lambda one: -one.accuracy)
        same = [one.name for one in evidence.controls if one.same_as_model]
        return [
            beside(_accuracies(others, material), _gains(others, material)),
            _table(others, material),
            note("report.controls.same", name=same[0]) if same else None,
            [note("evidence.not-run", name=one.name, why=one.because) for one in evidence.not_run],
            note("report.controls.least", least=f"{100 * evidence.minimum_effect:.1f}"),
        ]


def _accuracies(others: list[ControlResult], material: Material) -> Child:
    accuracy = material.evidence.accuracy
    mine = Row(
        name=say("report.controls.model"),
        words=percent(accuracy.value),
        value=accuracy.value,
        low=accuracy.low,
        high=accuracy.high,
        look="chosen",
    )
    rows = [mine, *(Row(name=one.name, words=percent(one.accuracy), value=one.accuracy) for one in others)]
    chart = draw_bars(
        rows,
        high=1.0,
        title=say(f"report.controls.accuracies-{material.kind}"),
        description="; ".join(f"{row.name}: {row.words}" for row in rows),
        numbers=material.numbers,
    )
    number, interval = material.outcome.num_test, between(accuracy.low, accuracy.high)
    return figure(
        chart,
        say(
            f"report.controls.accuracies-caption-{material.kind}",
            number=number,
            interval=interval,
        ),
    )


def _gains(others: list[ControlResult], material: Material) -> Child:
    rows = [
        Row(
            name=one.name,
            words=f"{points(one.gain)} ({points_between(*one.interval)})",
            value=one.gain,
            low=one.interval[0],
            high=one.interval[1],
            look=_LOOKS[one.verdict],
        )
        for one in others
    ]
    ends = [end for one in others for end in one.interval]
    chart = draw_intervals(
        rows,
        low=min(0.0, *ends) if ends else 0.0,
        high=max(0.0, *ends) if ends else 0.1,
        write=whole_points,
        title=say("report.controls.gains"),
        description="; ".join(f"{row.name}: {row.words}" for row in rows),
        numbers=material.numbers,
        reference_words=say("report.controls.no-gain"),
    )
    return figure(chart, say("report.controls.gains-caption"))


def _table(others: list[ControlResult], material: Material) -> Child:
    columns = [say(f"report.controls.{name}") for name in ("control", "means", "verdict", "gain", "interval")]
    columns.insert(3, say(f"report.measure.{material.kind}"))
    rows = [
        [
            shown(one.name),
            named(f"report.controls.means-{one.name}", "–"),
            tag("span", say(f"report.is-{one.verdict}"), class_=f"word {one.verdict}"),
            percent(one.accuracy),
            points(one.gain),
            points_between(*one.interval),
        ]
        for one in others
    ]
    return table(columns, rows, caption=say("report.controls.table"), numbers=3)
