"""Which delimiter a text table uses and whether it quotes, judged from its first rows."""

import csv
import io
import itertools
from dataclasses import dataclass
from typing import Final, Literal, final

DELIMITERS: Final = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}

_SAMPLE_CHARACTERS: Final = 65536
_SAMPLE_ROWS: Final = 50


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """How the cells of a text table are told apart."""

    delimiter: str
    quoted: bool = True

    @property
    def quoting(self) -> Literal[0, 3]:
        """The `quoting` argument of `csv.reader`."""
        return csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE


def find_dialect(text: str, *, expected: str = ",") -> Dialect:
    """The delimiter under which most of the first rows are as long as the header, and longer than one cell.

    The standard library's sniffer counts characters and is easily misled by commas within sentences.

    Args:
        text: the table.
        expected: the delimiter that wins ties, by the file's name.
    """
    sample = text[:_SAMPLE_CHARACTERS]
    order = sorted(DELIMITERS, key=lambda delimiter: delimiter != expected)
    best = max(order, key=lambda delimiter: _agreement(sample, delimiter))
    if _agreement(sample, best) == (0.0, 0):
        best = expected
    return Dialect(delimiter=best, quoted=best != "\t" or _uses_quotes(text))


def _agreement(sample: str, delimiter: str) -> tuple[float, int]:
    """Share of rows as long as the header, to one decimal, and that length; zero where there is but one column."""
    try:
        rows = list(itertools.islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), _SAMPLE_ROWS))
    except csv.Error:
        return 0.0, 0
    rows = [row for row in rows if row]
    if not rows or len(rows[0]) < 2:
        return 0.0, 0
    # The sample may end within a row.
    body = rows[1:-1] or rows[1:] or rows
    return round(sum(len(row) == len(rows[0]) for row in body) / len(body), 1), len(rows[0])


def _uses_quotes(text: str) -> bool:
    """Whether quotation marks in a tab-separated table enclose cells, or are plain characters.

    Many tab-separated files do not quote at all; there a sentence that begins with a quotation mark would swallow
    all lines up to the next one. They enclose where every cell that opens one also closes it, or where reading them
    so makes a larger share of the rows as long as the header.
    """
    if '"' not in text or _has_paired_quotes(text):
        return True
    return _share_of_good_rows(text, quoting=csv.QUOTE_MINIMAL) > _share_of_good_rows(text, quoting=csv.QUOTE_NONE)


def _share_of_good_rows(text: str, *, quoting: Literal[0, 3]) -> float:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t", quoting=quoting)
    num_good = num_rows = width = 0
    while True:
        num_rows += 1
        try:
            row = next(reader, None)
        except csv.Error:
            continue  # A cell beyond the limit: no good row.
        if row is None:
            return num_good / num_rows
        width = width or len(row)
        # Line breaks and tabs in one cell are what swallowed rows leave; they must not pass for a good row.
        num_good += len(row) == width and not any("\n" in cell and "\t" in cell for cell in row)


def _has_paired_quotes(text: str) -> bool:
    return all(
        len(cell) > 1 and cell.endswith('"')
        for line in text.splitlines()
        for cell in line.split("\t")
        if cell.startswith('"')
    )
