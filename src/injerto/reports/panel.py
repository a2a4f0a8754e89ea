"""What a panel of the report is, and where the panels are found."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from markupsafe import Markup

from injerto.core.messages import say
from injerto.core.registry import Registry
from injerto.reports.html import Child, tag, worded
from injerto.reports.material import Material


class AbstractPanel(ABC):
    """One part of the page; its file name is its name, and its words are `report.NAME.…` of the catalogue."""

    place: ClassVar[int]
    """Panels stand in the order of their places."""

    @abstractmethod
    def render(self, material: Material) -> Child:
        """What stands below the title and the line that says what the panel shows."""


panels: Final[Registry[type[AbstractPanel]]] = Registry("injerto.reports.panels", "panel")


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


def note(key: str, /, **values: object) -> Markup:
    """A sentence that says what is not here and why."""
    return tag("p", worded(say(key, **values)), class_="note")


def folded(summary: Child, *content: Child, is_open: bool = False) -> Markup:
    """Content behind a line; it opens by a click, by Enter, and in print."""
    return tag("details", tag("summary", summary), content, open=is_open)
