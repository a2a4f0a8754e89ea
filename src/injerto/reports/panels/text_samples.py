"""What the model writes: samples with what it says again, and the test texts that surprise it most and least."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, final

import numpy as np
from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import say
from injerto.core.sequences import Sample
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import TextMaterial
from injerto.reports.panel import AbstractPanel, note, panels
from injerto.tasks.metrics.repetition import repeated_words

if TYPE_CHECKING:
    from injerto.evidence.sequences.close_up import TextCloseUp, TokenLoss

_MOST: Final = 6
_MOST_CHARACTERS: Final = 700
_HIGH: Final = 6.0
"""Nats of a token that is marked most: one chance in four hundred."""
_LEAST: Final = 1.0


@panels.register
@final
class TextSamples(AbstractPanel[TextMaterial]):
    """Samples from the folder; texts marked by their losses where the data are given."""

    place: ClassVar[int] = 50
    kinds: ClassVar[frozenset[AnswerKind]] = frozenset({AnswerKind.TEXT})

    def render(self, material: TextMaterial) -> Child:
        samples = material.evidence.samples
        writes = "repetition" in material.evidence.metrics
        return [
            note("report.text-samples.none") if not samples else None,
            note("report.text-samples.repeated") if samples and writes else None,
            tag("div", [_sample(one, marked=writes) for one in samples], class_="cards written"),
            list(_surprising(material)),
        ]


def _sample(one: Sample, *, marked: bool) -> Markup:
    parts: list[tuple[str, Child]] = [
        ("given", shown(one.source, longest=_MOST_CHARACTERS)),
        ("model", _repeats(one.model) if marked else shown(one.model, longest=_MOST_CHARACTERS)),
    ]
    if one.untouched is not None:
        plain = shown(one.untouched, longest=_MOST_CHARACTERS)
        parts.append(("untouched", _repeats(one.untouched) if marked else plain))
    if one.reference:
        parts.append(("reference", shown(one.reference, longest=_MOST_CHARACTERS)))
    return _written(parts)


def _written(parts: Sequence[tuple[str, Child]], *foot: Child) -> Markup:
    rows = [
        tag("div", tag("p", say(f"report.text-samples.{name}"), class_="key"), tag("p", text, class_=f"of-{name}"))
        for name, text in parts
    ]
    return tag("figure", rows, foot, class_="card")


def _repeats(text: str) -> Markup:
    """The text, the words of runs of four that stood before in it underlined."""
    return tag(
        "bdi",
        [
            [tag("span", shown(word), class_="again") if again else shown(word), " "]
            for word, again in repeated_words(text[:_MOST_CHARACTERS])
        ],
    )


def _surprising(material: TextMaterial) -> Iterator[Child]:
    """The test texts of the largest and of the least loss a token, token by token."""
    close_up, sums = material.close_up, material.artifact.sums
    if not material.has_examples:
        yield note("report.give-data", model=material.name)
        return
    if close_up is None:
        yield note("report.unloaded", why=material.unloaded)
        return
    if sums is None or not sums.model.get("likelihood"):
        yield note("report.earlier-version")
        return
    rows = np.array(sums.model["likelihood"])
    loss = rows[:, 0] / np.maximum(rows[:, 1], 1)
    order = [int(at) for at in np.argsort(-loss, kind="stable")]
    some = min(_MOST, len(order) // 2)
    for name, positions in (("hardest", order[:some]), ("easiest", order[len(order) - some :][::-1])):
        if positions:
            yield tag("h3", say(f"report.text-samples.{name}"))
            yield tag("p", say(f"report.text-samples.{name}-lead"), class_="note")
            cards = [_card(at, float(loss[at]), close_up, material) for at in positions]
            yield tag("div", cards, class_="cards written")


def _card(at: int, loss: float, close_up: "TextCloseUp", material: TextMaterial) -> Markup:
    given, _ = close_up.sides(at)
    parts: list[tuple[str, Child]] = [("given", shown(given, longest=_MOST_CHARACTERS))] if given else []
    parts.append(("expected", _marked(close_up.surprises(at))))
    foot = tag(
        "figcaption",
        tag("span", say("report.text-samples.loss", loss=f"{loss:.2f}")),
        tag("span", shown(material.places[at]), class_="where"),
    )
    return _written(parts, foot)


def _marked(tokens: "Sequence[TokenLoss]") -> Markup:
    """Tokens on a ground that is the stronger the less they were expected."""
    parts: list[Child] = []
    for token in tokens:
        # Spaces hold words apart and are no part of a mark; a token that is only a space surprises nobody.
        core = token.text.strip()
        before, after = token.text[:1].isspace(), len(token.text) > 1 and token.text[-1:].isspace()
        mark = f"--share:{min(100, round(100 * token.loss / _HIGH))}%"
        marked = tag("span", core, class_="for", style=mark) if token.loss >= _LEAST and core else core
        parts += [" " if before else None, marked, " " if after else None]
    return tag("bdi", parts)
