"""What is taken for what, and the examples behind each confusion."""

from collections.abc import Sequence
from typing import ClassVar, Final, final

import numpy as np
from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import say
from injerto.evidence.answered import Answered, Cell, wilson
from injerto.reports.examples import Examples
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import Material
from injerto.reports.numbers import between, percent
from injerto.reports.panel import LABELS, AbstractPanel, beside, folded, note, panels, table

_BESIDE: Final = 6
_LARGEST_MATRIX: Final = 16
_MOST_CELLS: Final = 15
_MOST_LABELS: Final = 400
"""Labels in the table, the worst recognised: the page stays small with a hundred thousand of them."""
_BEHIND: Final = 8
"""Examples shown behind one cell."""


@panels.register
@final
class Confusion(AbstractPanel[Material]):
    """A matrix for few labels, and for any number the pairs that are confused most."""

    place: ClassVar[int] = 50
    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def render(self, material: Material) -> Child:
        answered = material.answered
        if answered is None:
            return note("report.many-labels" if material.record.multi_label else "report.earlier-version")
        classes = _classes(answered, material.labels)
        if len(material.labels) <= _BESIDE:
            top: Child = beside(_matrix(answered, material.labels), classes)
        elif len(material.labels) <= _LARGEST_MATRIX:
            top = [_matrix(answered, material.labels), classes]
        else:
            top = folded(
                say(
                    "report.confusion.all-labels",
                    number=min(_MOST_LABELS, len(material.labels)),
                    total=len(material.labels),
                ),
                classes,
            )
        cells = answered.confused()
        behind = [_behind(cell, answered, material) for cell in cells[:_MOST_CELLS]]
        more = note("report.confusion.more", number=len(cells) - _MOST_CELLS) if len(cells) > _MOST_CELLS else None
        none = note("report.confusion.none") if not cells else None
        missing = None if material.examples or not cells else note("report.give-data", model=material.name)
        return [top, tag("h3", say("report.confusion.pairs")), none, missing, behind, more]


def _order(answered: Answered) -> Sequence[int]:
    """Labels that are recognised worst come first; a label without test examples last."""
    examples, _, hits = answered.count()
    recall = np.where(examples > 0, hits / np.maximum(examples, 1), 2.0)
    return [int(label) for label in np.argsort(recall, kind="stable")]


def _matrix(answered: Answered, labels: Sequence[str]) -> Markup:
    counts, order = answered.counts(), _order(answered)
    total = counts.sum(axis=1)
    corner = tag("th", say("report.confusion.corner"), scope="col", class_="corner")
    head = tag("tr", corner, [tag("th", shown(labels[label], longest=24), scope="col") for label in order])
    rows = [
        tag(
            "tr",
            tag("th", shown(labels[row], longest=40), scope="row"),
            [_cell(int(counts[row, column]), int(total[row]), hit=row == column) for column in order],
        )
        for row in order
    ]
    caption = say("report.confusion.matrix")
    made = tag("table", tag("thead", head), tag("tbody", rows), class_="matrix", aria_label=caption)
    box = tag("div", made, class_="scroll", role="region", aria_label=caption, tabindex=0)
    return tag("figure", box, tag("figcaption", caption))


def _cell(number: int, total: int, *, hit: bool) -> Markup:
    share = number / total if total else 0.0
    strength = f"--share:{0.0 if not number else 12 + 68 * share:.0f}%"
    return tag("td", str(number) if number else "·", class_="hit" if hit else "miss", style=strength)


def _classes(answered: Answered, labels: Sequence[str]) -> Markup:
    examples, named, hits = answered.count()
    rows: list[list[Child]] = []
    for label in _order(answered)[:_MOST_LABELS]:
        total = int(examples[label])
        if not total:
            rows.append([shown(labels[label]), "–", "–", "–", "0"])
            continue
        recall, interval = percent(hits[label] / total), between(*wilson(int(hits[label]), total))
        precision = percent(hits[label] / named[label]) if named[label] else "–"
        rows.append([shown(labels[label]), recall, interval, precision, str(total)])
    columns = [say(f"report.confusion.{name}") for name in ("label", "recall", "interval", "precision", "examples")]
    return table(columns, rows, caption=say("report.confusion.classes"), numbers=4)


def _behind(cell: Cell, answered: Answered, material: Material) -> Child:
    """One pair: a line, and behind it the examples where the data are given."""
    target, predicted = material.labels[cell.target], material.labels[cell.predicted]
    total = int((answered.target == cell.target).sum())
    number = len(cell.positions)
    line = [
        tag(
            "span",
            tag("strong", shown(target)),
            say("report.confusion.taken-for"),
            tag("strong", shown(predicted)),
            class_="pair",
        ),
        tag("span", say("report.confusion.of", number=number, total=total), class_="count"),
    ]
    if material.examples is None:
        return tag("p", line, class_="line")
    cards = [_card(int(position), answered, material, material.examples) for position in cell.positions[:_BEHIND]]
    more = note("report.confusion.more-behind", number=number - _BEHIND) if number > _BEHIND else None
    return folded(line, tag("div", cards, class_="cards"), more)


def _card(position: int, answered: Answered, material: Material, examples: Examples) -> Markup:
    place = examples.place(position)
    label = material.labels[int(answered.target[position])]
    picture = examples.show(examples.test[position], place=place, labelled=label)
    return tag(
        "figure",
        picture,
        examples.clip(examples.test[position]),
        tag("figcaption", shown(place), tag("span", percent(float(answered.confidence[position])), class_="count")),
        class_="card",
    )
