"""The wall of worst mistakes: wrong answers, the surest first."""

from typing import ClassVar, Final, final

from markupsafe import Markup

from injerto.core.messages import say
from injerto.evidence.answered import Answered
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import Material
from injerto.reports.numbers import percent
from injerto.reports.panel import AbstractPanel, note, panels, table

_MOST: Final = 24


@panels.register
@final
class Mistakes(AbstractPanel):
    """Pictures or texts where the data are given; else a table of labels and probabilities alone."""

    place: ClassVar[int] = 60

    def render(self, material: Material) -> Child:
        answered = material.answered
        if answered is None:
            return note("report.many-labels" if material.record.multi_label else "report.earlier-version")
        worst = [int(position) for position in answered.mistakes()]
        if not worst:
            return note("report.mistakes.none", number=len(answered.target))
        count = note("report.mistakes.shown", number=min(len(worst), _MOST), total=len(worst))
        if material.examples is None:
            return [note("report.give-data", model=material.name), _plain(worst, answered, material), count]
        return [
            tag("div", [_card(position, answered, material) for position in worst[:_MOST]], class_="cards wall"),
            count,
        ]


def _card(position: int, answered: Answered, material: Material) -> Markup:
    assert material.examples is not None
    target = material.labels[int(answered.target[position])]
    predicted = material.labels[int(answered.predicted[position])]
    sure = percent(float(answered.confidence[position]))
    place = material.examples.place(position)
    return tag(
        "figure",
        material.examples.show(material.examples.test[position], place=place, labelled=target),
        tag(
            "figcaption",
            tag(
                "span",
                tag("span", say("report.mistakes.said"), class_="key"),
                tag("strong", shown(predicted)),
                tag("span", sure, class_="count"),
                class_="said",
            ),
            tag(
                "span", tag("span", say("report.mistakes.is"), class_="key"), tag("strong", shown(target)), class_="is"
            ),
            tag("span", shown(place), class_="where"),
        ),
        class_="card",
    )


def _plain(worst: list[int], answered: Answered, material: Material) -> Markup:
    columns = [say(f"report.mistakes.{name}") for name in ("number", "is", "said", "sure")]
    rows = [
        [
            str(position + 1),
            shown(material.labels[int(answered.target[position])]),
            shown(material.labels[int(answered.predicted[position])]),
            percent(float(answered.confidence[position])),
        ]
        for position in worst[:_MOST]
    ]
    return table(columns, rows, caption=say("report.mistakes.table"), numbers=1)
