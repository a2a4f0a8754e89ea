"""YOLO: a text file a picture, each line `class x y width height` in shares of the picture; names in `data.yaml`."""

from pathlib import Path
from typing import Any, Final, final

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.survey import Problem
from injerto.data.boxes.annotated import AnnotatedImage, RawBox, draft_from_boxes, faulty_box
from injerto.data.boxes.finding import read_lines, split_in_name
from injerto.data.draft import Draft, ReadingOptions, make_problem
from injerto.data.folders import list_folder, walk_folders
from injerto.data.reader import AbstractReader, Match
from injerto.data.readers import readers

_YAML: Final = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
_PLAIN: Final = ("classes.txt", "obj.names", "labels/classes.txt")
_MOST_YAML: Final = 1 << 20


@readers.register
@final
class Yolo(AbstractReader):
    """`images/…/x.jpg` has its boxes in `labels/…/x.txt`; a picture without a file is a negative."""

    def match(self, source: object) -> Match:
        if not (isinstance(source, Path) and source.is_dir()):
            return Match.NO
        named = any((source / name).is_file() for name in (*_YAML, *_PLAIN))
        return Match.MARKED if named and _image_folders(source) else Match.NO

    def read(self, source: object, options: ReadingOptions) -> Draft:
        assert isinstance(source, Path)  # match() said so
        names, file = _read_names(source)
        images: list[AnnotatedImage] = []
        problems: list[Problem] = []
        for folder in _image_folders(source):
            texts = _label_folder(folder)
            listing = list_folder(folder)
            for path in listing.images:
                images.append(_read_image(path, texts / f"{path.stem}.txt", source, names, file))
            stems = {path.stem for path in listing.images}
            for text in list_folder(texts).texts if texts.is_dir() else ():
                if text.stem not in stems and text.name != "classes.txt":
                    what = say("data.problem.labels-without-image")
                    problems.append(make_problem("labels-without-image", str(text), what, "ignored"))
        return draft_from_boxes(str(source), images, problems=problems)


def _image_folders(source: Path) -> list[Path]:
    """Folders of pictures whose path has a part `images` that can be read as `labels`."""
    found = [folder for folder, listing in walk_folders(source) if listing.images]
    return [folder for folder in found if "images" in folder.relative_to(source).parts]


def _label_folder(folder: Path) -> Path:
    parts = list(folder.parts)
    last = len(parts) - 1 - parts[::-1].index("images")
    return Path(*parts[:last], "labels", *parts[last + 1 :])


def _read_names(source: Path) -> tuple[dict[int, str], Path]:
    for name in _YAML:
        if (source / name).is_file():
            return _names_of(_load_yaml(source / name), source / name), source / name
    file = next(source / name for name in _PLAIN if (source / name).is_file())
    return {number: line.strip() for number, line in enumerate(read_lines(file)) if line.strip()}, file


def _load_yaml(file: Path) -> Any:
    import yaml  # Only here: most data come in other forms.

    if file.stat().st_size > _MOST_YAML:
        raise DataError("yolo-yaml", path=file, reason=say("data.yolo-large"))
    try:
        return yaml.safe_load(file.read_bytes())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DataError("yolo-yaml", path=file, reason=" ".join(str(error).split())) from error


def _names_of(content: Any, file: Path) -> dict[int, str]:
    names = content.get("names") if isinstance(content, dict) else None
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or not names:
        raise DataError("yolo-yaml", path=file, reason=say("data.yolo-names"))
    found = {int(key): str(value).strip() for key, value in names.items() if str(key).isdigit()}
    if len(found) < len(names) or len(set(found.values())) < len(found) or not all(found.values()):
        raise DataError("yolo-yaml", path=file, reason=say("data.yolo-names"))
    return found


def _read_image(path: Path, text: Path, root: Path, names: dict[int, str], file: Path) -> AnnotatedImage:
    split = next((split for part in path.relative_to(root).parts[:-1] if (split := split_in_name(part))), None)
    image = AnnotatedImage(path=path, root=root, where=f"{path.name}", split=split)
    number = 0
    for line in read_lines(text) if text.is_file() else ():
        if line.strip():
            number += 1
            image.boxes.append(_read_box(line, f"{text.name}, image {path.name}, box {number}", names, file))
    return image


def _read_box(line: str, where: str, names: dict[int, str], file: Path) -> RawBox:
    parts = line.split()
    if len(parts) != 5:
        return faulty_box("box-line", where, found=len(parts))
    try:
        x, y, width, height = map(float, parts[1:])
    except ValueError:
        return faulty_box("box-not-numbers", where, found=" ".join(parts[1:]))
    if not parts[0].isdigit() or int(parts[0]) not in names:
        known = f"0 … {max(names)} ({file.name})"
        return faulty_box("box-class-unknown", where, number=parts[0], known=known)
    corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return RawBox(label=names[int(parts[0])], corners=corners, relative=True, where=where)
