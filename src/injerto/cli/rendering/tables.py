"""The one look of tables and headings, at most 80 columns wide."""

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from injerto.core.messages import plain, printable

_LONGEST_NAME = 22


def heading(text: str) -> Text:
    """A section's title with an empty line before it."""
    return Text(f"\n{text}", style="bold")


def make_table(*columns: str, numbers: int = 0, apart: int = 2) -> Table:
    """A table whose last `numbers` columns are aligned to the right; `apart` blanks stand on each side of a column."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, apart, 0, apart))
    for position, column in enumerate(columns):
        right = position >= len(columns) - numbers
        table.add_column(column, justify="right" if right else "left", overflow="fold", no_wrap=right)
    return table


def sentence(text: str) -> Padding:
    """A sentence, whole, that keeps its indentation when it wraps; long values in it were cut when it was said."""
    return Padding(Text(printable(text.strip())), (0, 0, 0, 2))


def cell(value: object) -> Text:
    """Text from data or files: shown as it is, never taken for markup."""
    return Text(plain(value))


def percent(value: float) -> str:
    """A share in percent with one decimal."""
    return f"{100 * value:.1f} %"


def points(value: float) -> str:
    """A difference of shares in percentage points, signed."""
    return f"{100 * value:+.1f}"


def count(number: int) -> str:
    """A whole number with thousands apart."""
    return f"{number:,}"


def short_name(name: str, *, longest: int = _LONGEST_NAME) -> str:
    """A path by its last part, and nothing longer than a column."""
    last = name.rstrip("/").rsplit("/", 1)[-1] if name.startswith(("/", ".", "~")) or "/" in name else name
    return last if len(last) <= longest else f"{last[: longest - 1]}…"
