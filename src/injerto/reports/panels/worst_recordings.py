"""The recordings that were heard worst, word by word."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final, final

from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import say
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import Material
from injerto.reports.numbers import percent
from injerto.reports.panel import AbstractPanel, note, panels

if TYPE_CHECKING:
    from injerto.tasks.edit_distance import AlignedWord

_MOST: Final = 16
_MOST_WORDS: Final = 120


@panels.register
@final
class WorstRecordings(AbstractPanel[Material]):
    """What was said above what was heard, with the sound, where the data are given."""

    place: ClassVar[int] = 60
    kinds: ClassVar[frozenset[AnswerKind]] = frozenset({AnswerKind.TRANSCRIPT})

    def render(self, material: Material) -> Child:
        if material.examples is None:
            return note("report.give-data", model=material.name)
        if material.transcripts is None:
            return note("report.unloaded", why=material.unloaded)
        worst = [int(at) for at in material.transcripts.worst()]
        if not worst:
            return note("report.worst-recordings.none", number=len(material.transcripts.test))
        return [
            _key(),
            tag("div", [_card(at, material) for at in worst[:_MOST]], class_="cards heard"),
            note("report.worst-recordings.shown", number=min(_MOST, len(worst)), total=len(worst)),
        ]


def _key() -> Markup:
    kinds = ("substitute", "delete", "insert")
    words = [tag("span", say(f"report.worst-recordings.example-{kind}"), class_=f"heard-{kind}") for kind in kinds]
    parts = [tag("span", one, class_="key-part") for one in words]
    return tag("p", say("report.worst-recordings.key"), " ", parts, class_="legend-line")


def _card(at: int, material: Material) -> Markup:
    close_up, examples = material.transcripts, material.examples
    assert close_up is not None
    assert examples is not None
    words = close_up.kinds["word"][at]
    wrong = say("report.worst-recordings.wrong", number=int(words[:3].sum()), total=int(words[3]))
    sure = say("report.worst-recordings.sure", sure=percent(float(close_up.sure[at])))
    return tag(
        "figure",
        examples.show(examples.test[at], place=examples.place(at), labelled=close_up.said[at]),
        examples.clip(examples.test[at]),
        _aligned(close_up.aligned[at]),
        tag(
            "figcaption",
            tag("span", wrong, tag("span", sure, class_="count"), class_="is-wrong"),
            tag("span", shown(examples.place(at)), class_="where"),
        ),
        class_="card",
    )


def _aligned(words: "Sequence[AlignedWord]") -> Markup:
    """Each word that was said with what it was taken for below it; marked by lines, not by colour alone."""
    pairs = [
        tag(
            "span",
            tag("span", shown(word.said) if word.said else "∅", class_="said-word"),
            tag("span", shown(word.heard) if word.heard else "∅", class_="heard-word"),
            class_=f"pair-of-words heard-{word.kind}",
        )
        for word in words[:_MOST_WORDS]
    ]
    return tag("p", pairs, class_="alignment")
