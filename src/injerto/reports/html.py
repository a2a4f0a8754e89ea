"""HTML and SVG elements whose every text and attribute is escaped; nothing here takes a text for markup."""

import re
from collections.abc import Iterable
from typing import Final

from markupsafe import Markup, escape

Child = str | Markup | Iterable["Child"] | None
Attribute = str | float | bool | None

_VOID: Final = frozenset({"br", "hr", "img", "meta"})
_LONGEST: Final = 300


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """One element. Children that are plain text are escaped; None and False leave a child or an attribute out.

    A final underscore is dropped and others become hyphens: `class_`, `aria_label`, `stroke_width`.

    >>> tag("a", "1 < 2", href="#top", class_="x", hidden=False)
    Markup('<a href="#top" class="x">1 &lt; 2</a>')
    """
    shown = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(_text(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    inside = "" if name in _VOID else f"{join(children)}</{name}>"
    return Markup(f"<{name}{shown}>{inside}")


def join(children: Child) -> Markup:
    """Children one after the other, plain text escaped.

    Characters that print nothing, such as those that turn the direction of writing, are shown by their code.
    """
    if children is None:
        return Markup("")
    if isinstance(children, Markup):
        return children
    if isinstance(children, str):
        return escape(_printable(children))
    return Markup("").join(join(child) for child in children)


def shown(text: object, *, longest: int = _LONGEST) -> Markup:
    """Text from data, files or people: one line, cut, and apart from the direction of what stands around it."""
    line = " ".join(str(text).split())
    line = line if len(line) <= longest else f"{line[: longest - 1]}…"
    return tag("bdi", line)


def worded(text: str) -> Markup:
    """A sentence of the catalogue: its first letter large, its commands between backticks as code.

    A text that is a command and nothing else stays as it is.

    >>> str(worded("injerto plan <x>"))
    '<code>injerto plan &lt;x&gt;</code>'
    """
    if text.startswith("injerto "):
        return tag("code", _printable(text))
    return coded(f"{text[:1].upper()}{text[1:]}")


def coded(text: str) -> Markup:
    """A text whose parts between backticks are code."""
    parts = re.split(r"`([^`]+)`", text)
    return join([tag("code", part) if number % 2 else part for number, part in enumerate(parts)])


def _text(value: Attribute) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _printable(str(value))


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
