"""A model that writes texts beside its controls, by every metric."""

from typing import ClassVar, Final, final

from injerto.core.answer_kind import AnswerKind
from injerto.core.evidence import Verdict
from injerto.core.messages import say
from injerto.core.sequences import SequenceControl, SequenceEvidence
from injerto.reports.charts.rows import Row, draw_bars, draw_intervals
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import TextMaterial
from injerto.reports.numbers import counted, plain_between, signed
from injerto.reports.panel import AbstractPanel, beside, figure, note, panels, table

_LOOKS: Final = {Verdict.HELPED: "good", Verdict.INCONCLUSIVE: "open", Verdict.HURT: "bad"}
_HEADROOM: Final = 1.05


@panels.register
@final
class TextControls(AbstractPanel[TextMaterial]):
    """Two charts of the metric that judges, then a table of all metrics."""

    place: ClassVar[int] = 30
    kinds: ClassVar[frozenset[AnswerKind]] = frozenset({AnswerKind.TEXT})

    def render(self, material: TextMaterial) -> Child:
        evidence = material.evidence
        return [
            beside(_values(evidence, material), _gains(evidence, material)) if evidence.controls else None,
            _table(evidence),
            [note("evidence.not-run", name=one.name, why=one.because) for one in evidence.not_run],
            note("report.text-controls.least", least=f"{evidence.minimum_effect:g}", metric=_name(evidence.metric)),
            [
                tag("p", f"{_name(name)}: ", tag("code", shown(text)), class_="note")
                for name, text in evidence.signatures.items()
            ],
        ]


def _name(metric: str) -> str:
    return say(f"report.tile.{metric}")


def _values(evidence: SequenceEvidence, material: TextMaterial) -> Child:
    metric, own = evidence.metric, evidence.metrics[evidence.metric]
    rows = [
        Row(
            name=say("report.controls.model"),
            words=f"{own.value:.2f} ({plain_between(own)})",
            value=own.value,
            low=own.low,
            high=own.high,
            look="chosen",
        ),
        *(
            Row(name=one.name, words=f"{one.metrics[metric]:.2f}", value=one.metrics[metric])
            for one in evidence.controls
        ),
    ]
    chart = draw_bars(
        rows,
        high=_HEADROOM * max(1e-9, *(max(row.value, row.high or 0.0) for row in rows)),
        title=_name(metric),
        description="; ".join(f"{row.name}: {row.words}" for row in rows),
        numbers=material.numbers,
    )
    return figure(chart, say(f"report.text-controls.{metric}", number=counted(material.num_test)))


def _gains(evidence: SequenceEvidence, material: TextMaterial) -> Child:
    rows = [_gain(one, evidence.metric) for one in evidence.controls]
    ends = [end for row in rows for end in (row.low, row.high) if end is not None]
    chart = draw_intervals(
        rows,
        low=min(0.0, *ends),
        high=max(0.0, *ends),
        write=lambda value: f"{value:+.3g}".replace("-", "−") if value else "0",
        title=say("report.text-controls.gains", metric=_name(evidence.metric)),
        description="; ".join(f"{row.name}: {row.words}" for row in rows),
        numbers=material.numbers,
        reference_words=say("report.controls.no-gain"),
    )
    return figure(chart, say("report.text-controls.gains-caption", metric=_name(evidence.metric)))


def _gain(one: SequenceControl, metric: str) -> Row:
    gain = one.gains[metric]
    words = f"{signed(gain.value)} ({say('report.between', low=signed(gain.low), high=signed(gain.high))})"
    return Row(name=one.name, words=words, value=gain.value, low=gain.low, high=gain.high, look=_LOOKS[one.verdict])


def _table(evidence: SequenceEvidence) -> Child:
    columns = [say("report.text-controls.metric"), say("report.controls.model")]
    for one in evidence.controls:
        columns += [one.name, say("report.text-controls.better-by", name=one.name)]
    rows: list[list[Child]] = []
    for name, value in evidence.metrics.items():
        row: list[Child] = [_name(name), f"{value.value:.2f} ({plain_between(value)})"]
        for one in evidence.controls:
            gain = one.gains[name]
            between = say("report.between", low=signed(gain.low), high=signed(gain.high))
            row += [f"{one.metrics[name]:.2f}", f"{signed(gain.value)} ({between})"]
        rows.append(row)
    return table(columns, rows, caption=say("report.text-controls.table"), numbers=1 + 2 * len(evidence.controls))
