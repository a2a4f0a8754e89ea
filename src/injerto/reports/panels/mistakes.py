"""The wall of worst mistakes: wrong answers, the surest first, and what the model looked at."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np
from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import say
from injerto.core.survey import Modality
from injerto.data.arrays import Floats, Ints
from injerto.data.recordings import AbstractRecording
from injerto.evidence.answered import Answered
from injerto.reports.examples import Examples
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import Material
from injerto.reports.numbers import percent
from injerto.reports.panel import LABELS, AbstractPanel, note, panels, table
from injerto.reports.spectrogram import draw_spectrogram
from injerto.reports.spotlight import light_up

if TYPE_CHECKING:
    from injerto.evidence.occlusion import Part

_MOST: Final = 24
_MOST_ASKED: Final = 12
"""Texts whose words are left out in turn, and recordings whose moments are hushed: each is a dozen passes or more."""
_LEAST_EFFECT: Final = 0.25
"""Log odds that a word has to move to be marked: near one half, six points."""


@panels.register
@final
class Mistakes(AbstractPanel[Material]):
    """Pictures or texts where the data are given; else a table of labels and probabilities alone."""

    place: ClassVar[int] = 60
    kinds: ClassVar[frozenset[AnswerKind]] = LABELS

    def render(self, material: Material) -> Child:
        answered = material.answered
        if answered is None:
            return note("report.many-labels" if material.record.multi_label else "report.earlier-version")
        worst = [int(position) for position in answered.mistakes()][:_MOST]
        if not worst:
            return note("report.mistakes.none", number=len(answered.target))
        count = note("report.mistakes.shown", number=len(worst), total=int((~answered.right).sum()))
        examples = material.examples
        if examples is None:
            return [note("report.give-data", model=material.name), _plain(worst, answered, material), count]
        reasons = _reasons(worst, answered, material, examples)
        relatives = _relatives(worst, material, examples)
        cards = [
            _card(position, answered, material, examples, reasons.get(position), relatives.get(position))
            for position in worst
        ]
        return [_how(material), tag("div", cards, class_="cards wall"), count]


def _how(material: Material) -> Child:
    """How to read the cards, or why there is less on them."""
    if material.close_up is None:
        return note("report.unloaded", why=material.unloaded) if material.unloaded else None
    return note(f"report.mistakes.how-{material.close_up.model.modality}", number=_MOST_ASKED)


def _reasons(
    worst: Sequence[int], answered: Answered, material: Material, examples: Examples
) -> dict[int, Markup | None]:
    """What the network looked at, by position: a second picture, or the text with its words marked."""
    close_up = material.close_up
    if close_up is None:
        return {}
    modality = close_up.model.modality
    asked = list(worst if modality is Modality.IMAGE else worst[:_MOST_ASKED])
    labels = [int(answered.predicted[position]) for position in asked]
    if modality is Modality.TEXT:
        return {at: _marked(parts) for at, parts in zip(asked, close_up.words(asked, labels), strict=True) if parts}
    if modality is Modality.AUDIO:
        heats: list[Floats | None] = [_as_heat(one) for one in close_up.moments(asked, labels)]
    else:
        heats = close_up.heat(asked, labels)
    drawn = {}
    for at, heat in zip(asked, heats, strict=True):
        if heat is not None:
            alt = say(
                "report.mistakes.heat-alt", place=examples.place(at), label=material.labels[answered.predicted[at]]
            )
            drawn[at] = _spotlight(heat, at, material, examples, alt)
    return drawn


def _spotlight(heat: Floats, at: int, material: Material, examples: Examples, alt: str) -> Markup | None:
    assert material.close_up is not None
    item = examples.test[at].item
    if isinstance(item, AbstractRecording):
        sound = item.read()
        pixels = draw_spectrogram(sound.samples, sound.sample_rate_hz)
    else:
        pixels = material.close_up.seen(at)
    return examples.show_pixels(light_up(pixels, heat), alt=alt)


def _as_heat(effects: Floats) -> Floats:
    """Moments that speak for the answer, from 0 to 1, shape (1, moments): a row of a picture."""
    return np.asarray(np.clip(effects / max(float(effects.max()), _LEAST_EFFECT), 0, 1))[None]


def _marked(parts: "Sequence[Part]") -> Markup:
    """A text whose words for the answer are marked, the more the stronger, and those against it underlined."""
    most = max(max(abs(part.effect) for part in parts), _LEAST_EFFECT)
    words: list[Child] = []
    for part in parts:
        text = shown(part.text, longest=80)
        if abs(part.effect) < _LEAST_EFFECT:
            words += [text, " "]
        elif part.effect > 0:
            strength = f"--share:{20 + 80 * part.effect / most:.0f}%"
            words += [tag("span", text, class_="for", style=strength), " "]
        else:
            words += [tag("span", text, class_="against"), " "]
    return tag("blockquote", words, class_="text")


def _relatives(worst: Sequence[int], material: Material, examples: Examples) -> dict[int, Markup]:
    """The nearest training examples of each mistake, with the labels that they carry."""
    close_up = material.close_up
    if close_up is None or not close_up.train:
        return {}
    return {at: _nearest(rows, material, examples) for at, rows in zip(worst, close_up.nearest(worst), strict=True)}


def _nearest(rows: Ints, material: Material, examples: Examples) -> Markup:
    assert material.close_up is not None
    parts = []
    for row in rows:
        example = material.close_up.train[int(row)]
        label, place = ", ".join(example.labels), examples.place_of(example)
        picture = examples.show_small(example, place=place, labelled=label)
        parts.append(tag("li", picture, tag("span", shown(label, longest=60), class_="label")))
    return tag("div", tag("p", say("report.mistakes.nearest")), tag("ul", parts), class_="nearest")


def _card(
    position: int,
    answered: Answered,
    material: Material,
    examples: Examples,
    reason: Markup | None,
    relatives: Markup | None,
) -> Markup:
    target = material.labels[int(answered.target[position])]
    predicted = material.labels[int(answered.predicted[position])]
    sure = percent(float(answered.confidence[position]))
    place = examples.place(position)
    is_text = reason is not None and reason.startswith("<blockquote")
    plain = None if is_text else examples.show(examples.test[position], place=place, labelled=target)
    return tag(
        "figure",
        tag("div", plain, reason, class_="looked") if reason is not None and not is_text else plain or reason,
        examples.clip(examples.test[position]),
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
        relatives,
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
        for position in worst
    ]
    return table(columns, rows, caption=say("report.mistakes.table"), numbers=1)
