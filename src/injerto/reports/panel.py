"""What a panel of the report is, and where the panels are found."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

from markupsafe import Markup

from injerto.core.answer_kind import AnswerKind
from injerto.core.messages import keys, say
from injerto.core.registry import Registry
from injerto.reports.html import Child, shown, tag, worded
from injerto.reports.material import AbstractMaterial

_Material = TypeVar("_Material", bound=AbstractMaterial, contravariant=True)

EVERY_KIND: Final = frozenset(AnswerKind)
NOT_TEXT: Final = EVERY_KIND - {AnswerKind.TEXT}
LABELS: Final = frozenset({AnswerKind.LABELS})


class AbstractPanel(ABC, Generic[_Material]):
    """One part of the page; its file name is its name, and its words are `report.NAME.…` of the catalogue."""

    place: ClassVar[int]
    """Panels stand in the order of their places."""
    kinds: ClassVar[frozenset[AnswerKind]]
    """What a model answers with whose page has this panel; `_Material` is what such a page is made from."""

    @abstractmethod
    def render(self, material: _Material) -> Child:
        """What stands below the title and the line that says what the panel shows."""


panels: Final[Registry[type[AbstractPanel[Any]]]] = Registry("injerto.reports.panels", "panel")


def panel_names(kind: AnswerKind) -> list[str]:
    """The panels of a page, in their order."""
    found = [(panels.get(name).place, name) for name in panels.names() if kind in panels.get(name).kinds]
    return [name for _, name in sorted(found)]


def beside(*parts: Child) -> Markup:
    """Parts beside each other where there is room, else one below the other."""
    return tag("div", [tag("div", part, class_="part") for part in parts], class_="beside")


def figure(chart: Child, caption: Child) -> Markup:
    """A chart with what it shows in words."""
    return tag("figure", chart, tag("figcaption", caption))


def table(columns: Sequence[str], rows: Iterable[Sequence[Child]], *, caption: str, numbers: int = 0) -> Markup:
    """A table with a caption; the last `numbers` columns are numbers. It scrolls by itself where it is too wide."""
    from_here = len(columns) - numbers
    classes = ["number" if position >= from_here else None for position in range(len(columns))]
    head = tag(
        "tr", [tag("th", name, scope="col", class_=class_) for name, class_ in zip(columns, classes, strict=True)]
    )
    body = [
        tag(
            "tr",
            [
                tag("td" if i else "th", cell, scope=None if i else "row", class_=classes[i])
                for i, cell in enumerate(row)
            ],
        )
        for row in rows
    ]
    made = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", body))
    return tag("div", made, class_="scroll", role="region", aria_label=caption, tabindex=0)


def note(key: str, /, **values: object) -> Markup | None:
    """A sentence that says what is not here and why."""
    return note_of(say(key, **values))


def named(key: str, otherwise: str) -> Child:
    """The words of a key; what the model's folder says where there are none: it may come from anywhere."""
    return say(key) if key in keys() else shown(otherwise)


def note_of(sentence: str) -> Markup | None:
    """A sentence that was measured, as a note; nothing for none."""
    return tag("p", worded(sentence), class_="note") if sentence else None


def folded(summary: Child, *content: Child, is_open: bool = False) -> Markup:
    """Content behind a line; it opens by a click, by Enter, and in print."""
    return tag("details", tag("summary", summary), content, open=is_open)
