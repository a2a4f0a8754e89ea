"""What a data format is: a class that knows its sources and reads them."""

from abc import ABC, abstractmethod
from enum import IntEnum
from pathlib import Path
from typing import ClassVar, final

from injerto.data.draft import Draft, ReadingOptions
from injerto.data.table import Table
from injerto.data.table_examples import draft_from_table


class Match(IntEnum):
    """How sure a reader is that a source is its own; the surest reads."""

    NO = 0
    POSSIBLE = 1
    SURE = 2
    MARKED = 3
    """It bears marks that no other format has, though one for all such files is sure of it too."""


class AbstractReader(ABC):
    """One data format. Readers hold no state."""

    @abstractmethod
    def match(self, source: object) -> Match:
        """How sure this reader is that it can read `source`: a `Path` that exists, or an object in memory."""

    @abstractmethod
    def read(self, source: object, options: ReadingOptions) -> Draft:
        """Read a source that matched."""


class AbstractTableReader(AbstractReader):
    """A format of table files, known by the ending of their names."""

    suffixes: ClassVar[tuple[str, ...]]

    @abstractmethod
    def read_table(self, path: Path) -> Table:
        """All columns of the file; raises `DataError` naming the file and row."""

    @final
    def match(self, source: object) -> Match:
        matches = isinstance(source, Path) and source.is_file() and source.suffix.lower() in self.suffixes
        return Match.SURE if matches else Match.NO

    @final
    def read(self, source: object, options: ReadingOptions) -> Draft:
        assert isinstance(source, Path)  # match() said so
        return draft_from_table(self.read_table(source), options)
