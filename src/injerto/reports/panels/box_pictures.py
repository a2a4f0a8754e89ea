"""Test pictures with their boxes: right ones, wrong ones, and the objects that no box names."""

from collections.abc import Sequence
from typing import ClassVar, Final, final

from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import say
from injerto.reports.charts.boxes import PictureBox, draw_key, draw_picture
from injerto.reports.examples import Examples
from injerto.reports.html import Child, shown, tag
from injerto.reports.material import Material
from injerto.reports.panel import AbstractPanel, note, panels
from injerto.tasks.detection.errors import BoxKind, JudgedPicture

_MOST_WRONG: Final = 12
_MOST_RIGHT: Final = 4
_MOST_BOXES: Final = 60
"""Drawn on one picture, the surest."""


@panels.register
@final
class BoxPictures(AbstractPanel[Material]):
    """The pictures with the most mistakes, and some without any, where the data are given."""

    place: ClassVar[int] = 60
    kinds: ClassVar[frozenset[AnswerKind]] = frozenset({AnswerKind.BOXES})

    def render(self, material: Material) -> Child:
        examples, close_up = material.examples, material.boxes
        if examples is None:
            return note("report.give-data", model=material.name)
        if close_up is None:
            return note("report.unloaded", why=material.unloaded)
        judged = close_up.judged
        order = sorted(range(len(judged)), key=lambda at: -judged[at].num_wrong)
        wrong = [at for at in order if judged[at].num_wrong][:_MOST_WRONG]
        right = [at for at in order if not judged[at].num_wrong and judged[at].boxes][:_MOST_RIGHT]
        number = sum(bool(one.num_wrong) for one in judged)
        return [
            draw_key(),
            tag("div", [_card(at, judged[at], examples) for at in wrong], class_="cards boxed"),
            note("report.box-pictures.shown", number=len(wrong), total=number, all=len(judged)),
            tag("h3", say("report.box-pictures.right-title")) if right else None,
            tag("div", [_card(at, judged[at], examples) for at in right], class_="cards boxed") if right else None,
        ]


def _card(at: int, judged: JudgedPicture, examples: Examples) -> Markup:
    place = examples.place(at)
    boxes = _boxes(judged)
    counts = _count(judged)
    picture = examples.picture(examples.test[at])
    drawn: Child = (
        tag("p", say("report.pictures-full"), class_="absent")
        if picture is None
        else draw_picture(
            picture, boxes, title=say("report.box-pictures.alt", place=place), description=", ".join(counts)
        )
    )
    return tag(
        "figure",
        drawn,
        tag(
            "figcaption",
            [tag("span", words) for words in counts],
            tag("span", shown(place), class_="where"),
        ),
        class_="card",
    )


def _boxes(judged: JudgedPicture) -> Sequence[PictureBox]:
    found = [
        PictureBox(
            corners=(box.left, box.top, box.right, box.bottom),
            words=f"{box.label} {box.score:.2f}",
            look="right" if kind is BoxKind.RIGHT else "wrong",
        )
        for box, kind in judged.boxes[:_MOST_BOXES]
        if kind is not BoxKind.ON_CROWD
    ]
    missed = [PictureBox(corners=box.corners, words=box.label, look="missed") for box in judged.missed[:_MOST_BOXES]]
    return [*found, *missed]


def _count(judged: JudgedPicture) -> list[str]:
    """What is right and wrong, in words; kinds that do not occur are left out."""
    kinds = [kind for _, kind in judged.boxes]
    counts = {kind: kinds.count(kind) for kind in BoxKind if kind is not BoxKind.ON_CROWD}
    words = [say(f"report.box-pictures.{kind}", number=number) for kind, number in counts.items() if number]
    if judged.missed:
        words.append(say("report.box-pictures.missed", number=len(judged.missed)))
    return words
