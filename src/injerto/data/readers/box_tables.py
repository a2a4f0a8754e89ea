"""CSV of boxes: a line a box, with columns for the picture, the class and four numbers; an empty line is a negative."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from injerto.core.survey import Split
from injerto.data.boxes.annotated import AnnotatedImage, RawBox, draft_from_boxes, faulty_box
from injerto.data.boxes.finding import find_image, split_in_name
from injerto.data.column_choice import check_columns
from injerto.data.draft import Draft, Fault, ReadingOptions
from injerto.data.folders import list_folder
from injerto.data.reader import AbstractReader, Match
from injerto.data.readers import readers
from injerto.data.readers.delimited import Delimited
from injerto.data.split_names import split_named
from injerto.data.table import Table, attributes_of, is_missing

_IMAGE: Final = ("image", "filename", "file_name", "file", "path", "image_path", "img", "image_id", "imagen")
_LABEL: Final = ("label", "class", "category", "name", "class_name", "clase")
_CORNERS: Final = (
    ("xmin", "ymin", "xmax", "ymax"),
    ("x_min", "y_min", "x_max", "y_max"),
    ("x1", "y1", "x2", "y2"),
    ("left", "top", "right", "bottom"),
)
_SPLIT: Final = ("split", "subset", "set", "partition")
_SUFFIXES: Final = (".csv", ".tsv", ".tab")
_HEAD: Final = 4096


@readers.register
@final
class BoxTables(AbstractReader):
    """Boxes are corners in pixels. `width` and `height`, where given, are the picture's."""

    def match(self, source: object) -> Match:
        return Match.MARKED if isinstance(source, Path) and _files(source) else Match.NO

    def read(self, source: object, options: ReadingOptions) -> Draft:
        assert isinstance(source, Path)  # match() said so
        images: list[AnnotatedImage] = []
        faults: list[Fault] = []
        notes: list[str] = []
        for file in _files(source):
            table = Delimited().read_table(file)
            check_columns(table, options.attribute_columns)
            root = source if source.is_dir() else file.parent
            images += _read_table(table, file, root, options.attribute_columns)
            faults += table.faults
            notes += table.notes
        draft = draft_from_boxes(str(source), images, faults=faults)
        draft.notes += notes
        return draft


@dataclass(frozen=True, kw_only=True, slots=True)
class _Columns:
    """Which column holds what."""

    image: str
    label: str
    corners: Sequence[str]
    split: str | None
    size: tuple[str, str] | None
    crowd: str | None


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source] if source.suffix.lower() in _SUFFIXES and _has_boxes(source) else []
    if not source.is_dir():
        return []
    return [p for p in list_folder(source).others if p.suffix.lower() in _SUFFIXES and p.is_file() and _has_boxes(p)]


def _has_boxes(path: Path) -> bool:
    """By the first line alone."""
    try:
        with path.open("rb") as stream:
            line = stream.read(_HEAD).split(b"\n", 1)[0]
    except OSError:
        return False
    text = line.decode("utf-8-sig", "replace").replace("\t", ",").replace(";", ",").replace("|", ",")
    return _choose([name.strip().strip('"') for name in text.split(",")]) is not None


def _choose(names: Sequence[str]) -> _Columns | None:
    lower = {name.lower(): name for name in names}

    def first(wanted: Sequence[str]) -> str | None:
        return next((lower[name] for name in wanted if name in lower), None)

    corners = next((some for some in _CORNERS if all(name in lower for name in some)), None)
    image, label = first(_IMAGE), first(_LABEL)
    if corners is None or image is None or label is None:
        return None
    has_size = "width" in lower and "height" in lower
    return _Columns(
        image=image,
        label=label,
        corners=[lower[name] for name in corners],
        split=first(_SPLIT),
        size=(lower["width"], lower["height"]) if has_size else None,
        crowd=lower.get("crowd"),
    )


def _read_table(table: Table, file: Path, root: Path, beside: Sequence[str]) -> list[AnnotatedImage]:
    columns = _choose(table.names)
    assert columns is not None  # _files() chose the file by it
    cells = table.columns
    split_of_file = split_in_name(file.stem)
    found: dict[str, AnnotatedImage] = {}
    for row in range(len(table)):
        name = str(cells[columns.image][row]).strip()
        where = f"{file.name}, {table.where(row).rpartition(', ')[2]}"
        if name not in found:
            split = split_named(str(cells[columns.split][row])) if columns.split else split_of_file
            found[name] = _open_image(name, where, file, root, split)
            found[name].size = _size(columns, cells, row)
            found[name].attributes = attributes_of(table, row, beside)
        image = found[name]
        image.boxes += _read_row(columns, cells, row, f"{where}, image {name or '–'}, box {len(image.boxes) + 1}")
    return list(found.values())


def _open_image(name: str, where: str, file: Path, root: Path, split: Split | None) -> AnnotatedImage:
    path = find_image(name, root, near=file.parent) if name else root
    return AnnotatedImage(path=path, root=root, where=f"{where}, image {name or '–'}", split=split)


def _size(columns: _Columns, cells: dict[str, Sequence[object]], row: int) -> tuple[int, int] | None:
    if columns.size is None:
        return None
    try:
        width, height = (int(float(str(cells[name][row]))) for name in columns.size)
    except (ValueError, OverflowError):
        return None
    return (width, height) if width > 0 and height > 0 else None


def _read_row(columns: _Columns, cells: dict[str, Sequence[object]], row: int, where: str) -> list[RawBox]:
    """The box of a row; none where the row only names a picture."""
    values = [cells[name][row] for name in columns.corners]
    label = cells[columns.label][row]
    if all(is_missing(value) for value in values) and is_missing(label):
        return []
    if is_missing(label):
        return [faulty_box("box-class-missing", where)]
    crowd = columns.crowd is not None and str(cells[columns.crowd][row]).strip().lower() in ("1", "true")
    corners = tuple(str(value).strip() for value in values)
    return [RawBox(label=str(label).strip(), corners=corners, crowd=crowd, where=where)]
