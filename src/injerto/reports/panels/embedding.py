"""The map of the embedding: what the model finds alike lies together."""

from typing import ClassVar, Final, final

import numpy as np

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import say
from injerto.data.arrays import Ints
from injerto.evidence.answered import Answered
from injerto.reports.charts.scatter import NUM_LOOKS, Cloud, draw_scatter, draw_sign
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import Material
from injerto.reports.numbers import percent
from injerto.reports.panel import LABELS, AbstractPanel, figure, note, panels

_REST: Final = NUM_LOOKS
"""The look of labels beyond those that have one of their own."""


@panels.register
@final
class Embedding(AbstractPanel[Material]):
    """One mark a test example, its shape and colour those of its label, wrong answers ringed."""

    place: ClassVar[int] = 65
    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def render(self, material: Material) -> Child:
        answered = material.answered
        if answered is None:
            return note("report.many-labels" if material.record.multi_label else "report.earlier-version")
        if material.close_up is None:
            key = {"why": material.unloaded} if material.unloaded else {"model": material.name}
            return note("report.unloaded" if material.unloaded else "report.give-data-map", **key)
        made = material.close_up.map
        if made is None:
            return note("report.embedding.none")
        looks = _looks(answered)
        target, wrong = answered.target[made.positions], ~answered.right[made.positions]
        clouds = [
            Cloud(places=made.places[rows & (wrong == ringed)], look=look, ringed=ringed)
            for ringed in (False, True)
            for look in range(NUM_LOOKS + 1)
            if (rows := np.isin(target, [label for label, one in looks.items() if one == look])).any()
        ]
        caption = say(
            "report.embedding.caption",
            number=len(made.positions),
            total=len(answered.target),
            method=made.method,
            kept=percent(made.kept),
        )
        title = say("report.embedding.chart")
        chart = draw_scatter(clouds, title=title, description=caption, numbers=material.numbers)
        return figure([chart, _legend(looks, answered, material)], caption)


def _looks(answered: Answered) -> dict[int, int]:
    """A look for each label that has test examples; the most frequent have one of their own."""
    counts: Ints = np.bincount(answered.target, minlength=answered.num_labels)
    order = [int(label) for label in np.argsort(-counts, kind="stable") if counts[label]]
    own = NUM_LOOKS if len(order) <= NUM_LOOKS else NUM_LOOKS - 1
    return {label: place if place < own else _REST for place, label in enumerate(order)}


def _legend(looks: dict[int, int], answered: Answered, material: Material) -> Child:
    own = [(label, look) for label, look in looks.items() if look < _REST]
    parts = [tag("li", draw_sign(look), shown(material.labels[label], longest=40)) for label, look in own]
    if len(own) < len(looks):
        parts.append(tag("li", draw_sign(_REST), say("report.embedding.others", number=len(looks) - len(own))))
    if not answered.right.all():
        parts.append(tag("li", draw_sign(None), say("report.embedding.wrong")))
    return tag("ul", parts, class_="legend")
