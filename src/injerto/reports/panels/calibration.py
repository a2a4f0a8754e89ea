"""Whether the probabilities can be taken at their word."""

import math
from typing import ClassVar, final

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import say
from injerto.reports.charts.lines import Axis, Line, draw_lines
from injerto.reports.html import Child
from injerto.reports.material import Material
from injerto.reports.numbers import between, percent
from injerto.reports.panel import LABELS, AbstractPanel, beside, figure, note, panels, table


@panels.register
@final
class CalibrationPanel(AbstractPanel[Material]):
    """Confidence against the share that is right, in bins of equal numbers of answers."""

    place: ClassVar[int] = 90
    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def render(self, material: Material) -> Child:
        found = material.calibration
        if found is None:
            return note("report.many-labels" if material.record.multi_label else "report.earlier-version")
        left = _round_down(min(one.confidence for one in found.bins))
        bottom = min(left, _round_down(min(one.low for one in found.bins)))
        lean = "sure" if found.lean > 0 else "shy"
        key = "off" if found.error > found.by_chance else "fine"
        sentence = say(
            f"report.calibration.{key}",
            error=f"{100 * found.error:.1f}",
            chance=f"{100 * found.by_chance:.1f}",
            lean=say(f"report.calibration.{lean}", points=f"{100 * abs(found.lean):.1f}"),
            temperature=f"{material.record.temperature:.2f}",
        )

        chart = draw_lines(
            [
                Line(
                    name="",
                    x=[one.confidence for one in found.bins],
                    y=[one.right for one in found.bins],
                    low=[one.low for one in found.bins],
                    high=[one.high for one in found.bins],
                    joined=False,
                    bars=True,
                )
            ],
            Axis(words=say("report.calibration.confidence"), low=left, high=1.0, write=_tick),
            Axis(words=say("report.calibration.right"), low=bottom, high=1.0, write=_tick),
            title=say("report.calibration.chart"),
            description=sentence,
            numbers=material.numbers,
            diagonal=True,
        )
        columns = [say(f"report.calibration.{name}") for name in ("confidence", "right", "interval", "answers")]
        rows = [
            [percent(one.confidence), percent(one.right), between(one.low, one.high), str(one.number)]
            for one in found.bins
        ]
        return beside(figure(chart, sentence), table(columns, rows, caption=say("report.calibration.chart"), numbers=4))


def _round_down(share: float) -> float:
    return max(0.0, min(0.9, math.floor(10 * share) / 10))


def _tick(share: float) -> str:
    return f"{100 * share:.0f} %"
