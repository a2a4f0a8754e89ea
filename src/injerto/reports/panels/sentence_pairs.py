"""The translations that are best and worst by chrF, beside what people wrote."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np
from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import say
from injerto.data.arrays import Floats
from injerto.reports.charts.rows import Row, draw_bars
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import TextMaterial
from injerto.reports.numbers import counted
from injerto.reports.panel import AbstractPanel, figure, note, panels

if TYPE_CHECKING:
    from injerto.evidence.sequences.close_up import TextCloseUp

_MOST: Final = 8
_LONGEST: Final = 500
_BANDS: Final = (0, 20, 40, 60, 80, 100)


@panels.register
@final
class SentencePairs(AbstractPanel[TextMaterial]):
    """How chrF spreads over sentences; then the worst and the best ones, translated anew, where the data are given."""

    place: ClassVar[int] = 45
    kinds: ClassVar[frozenset[AnswerKind]] = frozenset({AnswerKind.TEXT})

    def render(self, material: TextMaterial) -> Child:
        if "chrf" not in material.evidence.metrics:
            return None
        sums = material.artifact.sums
        if sums is None or not sums.model.get("chrf"):
            return note("report.earlier-version")
        scores = _score(np.array(sums.model["chrf"]))
        return [_spread(scores, material), _extremes(scores, material)]


def _score(rows: Floats) -> Floats:
    """chrF of each sentence from its statistics, as the metric has it for a whole set."""
    from injerto.tasks.metrics.translation import ChrF

    metric = ChrF()
    return np.array([metric.score(row) for row in rows])


def _spread(scores: Floats, material: TextMaterial) -> Child:
    counts, _ = np.histogram(scores, bins=_BANDS)
    rows = [
        Row(
            name=say("report.sentence-pairs.band", low=low, high=high),
            words=counted(int(number)),
            value=float(number),
        )
        for low, high, number in zip(_BANDS, _BANDS[1:], counts, strict=False)
    ]
    chart = draw_bars(
        rows,
        high=float(max(1, counts.max())),
        title=say("report.sentence-pairs.spread"),
        description="; ".join(f"{row.name}: {row.words}" for row in rows),
        numbers=material.numbers,
    )
    middle = f"{float(np.median(scores)):.1f}"
    return figure(chart, say("report.sentence-pairs.spread-caption", number=counted(len(scores)), middle=middle))


def _extremes(scores: Floats, material: TextMaterial) -> Child:
    close_up = material.close_up
    if not material.has_examples:
        return note("report.give-data", model=material.name)
    if close_up is None:
        return note("report.unloaded", why=material.unloaded)
    order = [int(at) for at in np.argsort(scores, kind="stable")]
    some = min(_MOST, len(order) // 2)
    parts: list[Child] = []
    for name, positions in (("worst", order[:some]), ("best", order[len(order) - some :][::-1])):
        if positions:
            parts.append(tag("h3", say(f"report.sentence-pairs.{name}")))
            parts.append(tag("div", _cards(positions, scores, close_up, material), class_="cards written"))
    return parts


def _cards(positions: Sequence[int], scores: Floats, close_up: "TextCloseUp", material: TextMaterial) -> list[Markup]:
    cards = []
    for at, translated in zip(positions, close_up.translate(positions), strict=True):
        source, reference = close_up.sides(at)
        texts = {"source": source, "model": translated, "reference": reference}
        rows = [
            tag(
                "div",
                tag("p", say(f"report.sentence-pairs.{name}"), class_="key"),
                tag("p", shown(text, longest=_LONGEST) if text else "∅", class_=f"of-{name}"),
            )
            for name, text in texts.items()
        ]
        foot = tag(
            "figcaption",
            tag("span", f"chrF {scores[at]:.1f}"),
            tag("span", shown(material.places[at]), class_="where"),
        )
        cards.append(tag("figure", rows, foot, class_="card"))
    return cards
