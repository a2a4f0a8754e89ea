"""What an audit says of itself: its docstring, its paragraphs filled to the width of the terminal."""

from collections.abc import Iterable, Mapping

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from injerto.cli.rendering.tables import heading, make_table


def render_explanation(code: str, words: str) -> Iterable[RenderableType]:
    """The five sections."""
    for paragraph in words.split("\n\n"):
        first, *rest = paragraph.splitlines()
        if not rest:
            yield Text(f"{code}  {first}", style="bold")
            continue
        yield heading(first)
        yield Padding(Text(" ".join(line.strip() for line in rest)), (0, 0, 0, 2))


def render_codes(words: Mapping[str, str]) -> Iterable[RenderableType]:
    """The list: each code with the first line of its words."""
    table = make_table("", "")
    table.show_header = False
    for code, text in words.items():
        table.add_row(code, text.splitlines()[0])
    yield table
