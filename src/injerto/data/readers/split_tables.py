"""A folder of tables named after splits, such as `train.csv dev.csv test.csv`; or one that holds a single table."""

from dataclasses import replace
from pathlib import Path
from typing import final

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.survey import Modality, Split
from injerto.data.class_tree import count_classes
from injerto.data.draft import Draft, ReadingOptions, join_names, merge_drafts
from injerto.data.folders import list_folder
from injerto.data.reader import AbstractReader, AbstractTableReader, Match
from injerto.data.readers import find_table_reader, readers
from injerto.data.split_names import split_named
from injerto.data.table_examples import draft_from_table


@readers.register
@final
class SplitTables(AbstractReader):
    """Each table is a split, its columns chosen alone; shards such as `train-00000-of-00002` are read together."""

    def match(self, source: object) -> Match:
        if not (isinstance(source, Path) and source.is_dir()):
            return Match.NO
        tables = _tables(source)
        if any(split_named(path.stem) for path in tables):
            return Match.SURE
        # One folder of images beside a table is what the table speaks of; several are classes.
        return (
            Match.SURE
            if tables and all(count_classes(source, kind) < 2 for kind in (Modality.IMAGE, Modality.AUDIO))
            else Match.NO
        )

    def read(self, source: object, options: ReadingOptions) -> Draft:
        assert isinstance(source, Path)  # match() said so
        tables = _tables(source)
        named = {path: split for path in tables if (split := split_named(path.stem)) is not None}
        if named:
            _check_not_repeated(source, named)
            drafts = [_read(path, options, split) for path, split in named.items()]
            unused = [path.name for path in tables if path not in named]
            if unused:
                drafts[0].notes.append(say("data.note.tables-unused", names=join_names(unused)))
        elif len(tables) == 1:
            drafts = [_read(tables[0], options, None)]
            drafts[0].notes.append(say("data.note.one-table", path=source, name=tables[0].name))
        else:
            raise DataError("tables-unclear", path=source, names=join_names([path.name for path in tables]))
        return merge_drafts(str(source), drafts)


def _tables(folder: Path) -> list[Path]:
    """Tables in the folder, or in its `data` folder as on the Hugging Face hub."""
    listing = list_folder(folder)
    tables = [path for path in listing.others if path.is_file() and find_table_reader(path) is not None]
    inner = folder / "data"
    return tables or (_tables(inner) if inner in listing.folders else [])


def _read(path: Path, options: ReadingOptions, split: Split | None) -> Draft:
    reader = find_table_reader(path)
    assert isinstance(reader, AbstractTableReader)  # _tables() chose it so
    return draft_from_table(replace(reader.read_table(path), split=split), options)


def _check_not_repeated(folder: Path, named: dict[Path, Split]) -> None:
    """Refuse `val.csv` beside `dev.csv`, or `train.csv` beside `train.jsonl`; shards of one name are one table."""
    stems: dict[Split, set[str]] = {}
    for path, split in named.items():
        stems.setdefault(split, set()).add(path.name.split("-0")[0] if "-of-" in path.name else path.name)
    for split, names in stems.items():
        if len(names) > 1:
            raise DataError("split-repeated", path=folder, split=split, names=join_names(sorted(names)))
