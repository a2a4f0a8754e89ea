"""What kind of mistakes a detector makes, and which class it takes for which."""

from typing import ClassVar, Final, final

from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.detection import DetectionErrors
from injerto.core.messages import say
from injerto.reports.charts.rows import Row, draw_bars
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import Material
from injerto.reports.numbers import counted
from injerto.reports.panel import AbstractPanel, beside, figure, note, panels, table

_KINDS: Final = ("right", "missed", "wrong_class", "badly_placed", "doubled", "background")
_NONE: Final = "-"
_LARGEST_MATRIX: Final = 16


@panels.register
@final
class BoxErrors(AbstractPanel[Material]):
    """Kinds of mistakes above the threshold, then a matrix of classes with a row and a column for nothing."""

    place: ClassVar[int] = 50
    kinds: ClassVar[frozenset[AnswerKind]] = frozenset({AnswerKind.BOXES})

    def render(self, material: Material) -> Child:
        found = material.outcome.detection
        if found is None:
            return note("report.earlier-version")
        counts = [(name, int(getattr(found.errors, name))) for name in _KINDS]
        rows = [
            Row(
                name=say(f"report.box-errors.{name}"),
                words=counted(number),
                value=number,
                look="chosen" if name == "right" else "plain",
            )
            for name, number in counts
        ]
        chart = draw_bars(
            rows,
            high=max(1, *(number for _, number in counts)),
            title=say("report.box-errors.chart"),
            description="; ".join(f"{row.name}: {row.words}" for row in rows),
            numbers=material.numbers,
        )
        caption = say(
            "report.box-errors.caption", threshold=f"{found.threshold:.2f}", objects=counted(found.num_objects)
        )
        small = len(material.labels) <= _LARGEST_MATRIX
        shown_pairs = _matrix(found.errors, material.labels) if small else _pairs(found.errors)
        return beside(figure(chart, caption), shown_pairs)


def _name(label: str) -> Child:
    return tag("em", say("report.box-errors.nothing")) if label == _NONE else shown(label, longest=40)


def _matrix(errors: DetectionErrors, labels: tuple[str, ...]) -> Markup:
    order = [*labels, _NONE]
    head = tag(
        "tr",
        tag("th", say("report.confusion.corner"), scope="col", class_="corner"),
        [tag("th", _name(label), scope="col") for label in order],
    )
    rows = []
    for row in order:
        counts = [errors.confusion.get(row, {}).get(column, 0) for column in order]
        cells = [
            _cell(number, sum(counts), hit=row == column, empty=row == column == _NONE)
            for number, column in zip(counts, order, strict=True)
        ]
        rows.append(tag("tr", tag("th", _name(row), scope="row"), cells))
    caption = say("report.box-errors.matrix")
    made = tag("table", tag("thead", head), tag("tbody", rows), class_="matrix", aria_label=caption)
    box = tag("div", made, class_="scroll", role="region", aria_label=caption, tabindex=0)
    return tag("figure", box, tag("figcaption", caption))


def _cell(number: int, total: int, *, hit: bool, empty: bool) -> Markup:
    if empty:  # Nothing taken for nothing is everywhere, and counted nowhere.
        return tag("td", "", class_="void")
    strength = f"--share:{12 + 68 * number / total:.0f}%" if number else "--share:0%"
    return tag("td", counted(number) if number else "·", class_="hit" if hit else "miss", style=strength)


def _pairs(errors: DetectionErrors) -> Markup:
    """Of many classes the pairs that are confused most."""
    found = [
        (number, label, taken)
        for label, row in errors.confusion.items()
        for taken, number in row.items()
        if number and label != taken
    ]
    columns = [say(f"report.box-errors.{name}") for name in ("is", "said", "times")]
    rows = [[_name(label), _name(taken), counted(number)] for number, label, taken in sorted(found, reverse=True)[:30]]
    return table(columns, rows, caption=say("report.box-errors.pairs"), numbers=1)
