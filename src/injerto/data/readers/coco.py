"""COCO JSON: one file a split with `images`, `annotations` and `categories`, beside a folder of pictures."""

import difflib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, final

from injerto.core.errors import DataError, UsageError
from injerto.core.messages import say
from injerto.core.survey import Problem, Split
from injerto.data.boxes.annotated import AnnotatedImage, RawBox, draft_from_boxes, faulty_box, repeated_ids
from injerto.data.boxes.finding import find_image, split_in_name
from injerto.data.draft import Draft, Fault, ReadingOptions, join_names, make_problem
from injerto.data.folders import list_folder
from injerto.data.reader import AbstractReader, Match
from injerto.data.readers import readers
from injerto.data.table import is_missing

_HEAD_BYTES: Final = 1 << 16
_KEYS: Final = re.compile(rb'"(images|annotations|categories)"\s*:\s*\[')
_NAMED: Final = re.compile(r"coco|annotation|instance", re.IGNORECASE)


@readers.register
@final
class Coco(AbstractReader):
    """Boxes are `[left, top, width, height]` in pixels, as cocodataset.org defines them."""

    def match(self, source: object) -> Match:
        return Match.MARKED if isinstance(source, Path) and _files(source) else Match.NO

    def read(self, source: object, options: ReadingOptions) -> Draft:
        assert isinstance(source, Path)  # match() said so
        root = source.parent if source.is_file() else source
        images: list[AnnotatedImage] = []
        problems: list[Problem] = []
        faults: list[Fault] = []
        for file in _files(source):
            found = _read_file(file, root, options.attribute_columns)
            images += found[0]
            problems += found[1]
            faults += found[2]
        return draft_from_boxes(str(source), images, problems=problems, faults=faults)


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source] if source.suffix.lower() == ".json" and _is_coco(source) else []
    if not source.is_dir():
        return []
    folders = [source, *(folder for folder in list_folder(source).folders if folder.name.lower() not in ("images",))]
    files = [path for folder in folders for path in list_folder(folder).others if path.suffix.lower() == ".json"]
    return [path for path in files if path.is_file() and _is_coco(path)]


def _is_coco(path: Path) -> bool:
    """By its first and last bytes, or by its name: a large file is not parsed to be recognised."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
            if path.stat().st_size > 2 * _HEAD_BYTES:
                stream.seek(-_HEAD_BYTES, 2)
                head += stream.read(_HEAD_BYTES)
    except OSError:
        return False
    keys = set(_KEYS.findall(head))
    return len(keys) >= 2 or (bool(keys) and _NAMED.search(path.stem) is not None)


def _read_file(
    file: Path, root: Path, columns: Sequence[str] = ()
) -> tuple[list[AnnotatedImage], list[Problem], list[Fault]]:
    content = _load(file)
    _check_fields(content, columns, file)
    names = _read_categories(content, file)
    split = split_in_name(file.stem) or (split_in_name(file.parent.name) if file.parent != root else None)
    problems: list[Problem] = []
    faults: list[Fault] = []
    by_id: dict[object, AnnotatedImage] = {}
    repeated: set[object] = set()
    images: list[AnnotatedImage] = []
    for number, entry in enumerate(content["images"], 1):
        image = _read_image(entry, number, file, root, split)
        if isinstance(image, Fault):
            faults.append(image)
            continue
        identity = entry.get("id")
        if identity is None or isinstance(identity, list | dict) or identity in by_id:
            error = DataError("image-id-repeated", where=image.where, number=identity)
            faults.append(Fault(error=error, where=image.where))
            repeated.add(identity if not isinstance(identity, list | dict) else None)
            continue
        image.attributes = tuple(_field(entry, column) for column in columns)
        by_id[identity] = image
        images.append(image)
    ids: list[tuple[object, str]] = []
    counts: defaultdict[object, int] = defaultdict(int)
    for number, entry in enumerate(content["annotations"], 1):
        problem = _add_box(entry, number, by_id, names, file, counts, ids)
        problems += [problem] if problem is not None else []
    return images, [*problems, *repeated_ids(ids)], faults


def _load(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DataError("coco-json", path=file, reason=error) from error
    except OSError as error:
        raise DataError("path-unreadable", path=file, reason=error.strerror or type(error).__name__) from error
    for key in ("images", "annotations", "categories"):
        if not isinstance(content, dict) or not isinstance(content.get(key), list):
            raise DataError("coco-json", path=file, reason=say("data.coco-without", key=key))
    return dict(content)


def _check_fields(content: dict[str, Any], columns: Sequence[str], file: Path) -> None:
    """Raise `UsageError` for a field that no picture of the file has."""
    known = list(dict.fromkeys(name for entry in content["images"] if isinstance(entry, dict) for name in entry))
    for column in columns:
        if column not in known:
            near = difflib.get_close_matches(column, known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise UsageError("column-unknown", source=file, column=column, near=hint, columns=join_names(known))


def _field(entry: dict[str, Any], column: str) -> str | None:
    value = entry.get(column)
    return None if is_missing(value) or isinstance(value, list | dict) else str(value).strip()


def _read_categories(content: dict[str, Any], file: Path) -> dict[object, str]:
    names: dict[object, str] = {}
    for entry in content["categories"]:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not _is_key(entry.get("id")):
            raise DataError("coco-json", path=file, reason=say("data.coco-category", entry=entry))
        if entry["id"] in names:
            raise DataError("coco-json", path=file, reason=say("data.coco-category-repeated", number=entry["id"]))
        names[entry["id"]] = entry["name"].strip()
    twice = [name for name, count in Counter(names.values()).items() if count > 1 or not name]
    if twice:
        raise DataError("coco-json", path=file, reason=say("data.coco-name-repeated", name=twice[0]))
    return names


def _read_image(entry: Any, number: int, file: Path, root: Path, split: Split | None) -> AnnotatedImage | Fault:
    name = entry.get("file_name") if isinstance(entry, dict) else None
    where = f"{file.name}, image {name or number}"
    if not isinstance(name, str) or not name.strip():
        return Fault(error=DataError("image-path-empty", where=where), where=where)
    width, height = entry.get("width"), entry.get("height")
    known = isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0
    return AnnotatedImage(
        path=find_image(name, root, near=file.parent, hint=file.stem),
        root=root,
        where=where,
        split=split,
        size=(width, height) if known else None,
    )


def _add_box(
    entry: Any,
    number: int,
    images: dict[object, AnnotatedImage],
    names: dict[object, str],
    file: Path,
    counts: defaultdict[object, int],
    ids: list[tuple[object, str]],
) -> Problem | None:
    """File the annotation under its image; a problem where there is no such image."""
    entry = entry if isinstance(entry, dict) else {}
    identity = entry.get("image_id")
    image = images.get(identity) if _is_key(identity) else None
    if image is None:
        where = f"{file.name}, annotation {entry.get('id', number)}"
        what = say("data.problem.box-image-unknown", number=identity)
        return make_problem("box-image-unknown", where, what, "dropped")
    counts[identity] += 1
    where = f"{image.where}, box {counts[identity]}"
    ids.append((entry.get("id"), where))
    category, corners = entry.get("category_id"), entry.get("bbox")
    if category is None:
        image.boxes.append(faulty_box("box-class-missing", where))
    elif not _is_key(category) or category not in names:
        known = ", ".join(map(str, sorted(names, key=str)[:10]))
        image.boxes.append(faulty_box("box-class-unknown", where, number=category, known=known))
    elif not isinstance(corners, list) or len(corners) != 4:
        image.boxes.append(faulty_box("box-not-numbers", where, found=corners))
    else:
        image.boxes.append(
            RawBox(
                label=names[category], corners=_corners(corners), crowd=entry.get("iscrowd") in (1, True), where=where
            )
        )
    return None


def _corners(box: list[object]) -> tuple[object, ...]:
    numbers = [value for value in box if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < 4:
        return tuple(box)
    return box[0], box[1], numbers[0] + numbers[2], numbers[1] + numbers[3]


def _is_key(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)
