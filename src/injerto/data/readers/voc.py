"""Pascal VOC: one XML file a picture, in `Annotations/` beside `JPEGImages/`, or beside the pictures themselves."""

from pathlib import Path
from typing import Final, final
from xml.etree import ElementTree

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.survey import Problem, Split
from injerto.data.boxes.annotated import AnnotatedImage, RawBox, draft_from_boxes, faulty_box
from injerto.data.boxes.finding import find_image, read_lines, split_in_name
from injerto.data.draft import Draft, Fault, ReadingOptions, make_problem
from injerto.data.folders import list_folder, walk_folders
from injerto.data.reader import AbstractReader, Match
from injerto.data.readers import readers

_SPLITS: Final = Path("ImageSets") / "Main"
_SIDES: Final = ("xmin", "ymin", "xmax", "ymax")
_LOOKED_AT: Final = 5


@readers.register
@final
class Voc(AbstractReader):
    """Boxes are corners in pixels, taken as they are written; `difficult` objects are neither learnt nor counted."""

    def match(self, source: object) -> Match:
        if not (isinstance(source, Path) and source.is_dir()):
            return Match.NO
        files = _files(source)
        step = max(1, len(files) // _LOOKED_AT)
        return Match.MARKED if files and any(_is_voc(path) for path in files[::step]) else Match.NO

    def read(self, source: object, options: ReadingOptions) -> Draft:
        assert isinstance(source, Path)  # match() said so
        splits, problems = _read_splits(source)
        images: list[AnnotatedImage] = []
        faults: list[Fault] = []
        for file in _files(source):
            split = splits.get(file.stem) or (split_in_name(file.parent.name) if file.parent != source else None)
            found = _read_file(file, source, split)
            if isinstance(found, Fault):
                faults.append(found)
            else:
                images.append(found)
        known = {image.path.stem for image in images} | {Path(fault.where).stem for fault in faults}
        for name in sorted(splits.keys() - known - {file.stem for file in _files(source)}):
            what = say("data.problem.split-image-unknown", name=name)
            problems.append(make_problem("split-image-unknown", str(source / _SPLITS), what, "ignored"))
        return draft_from_boxes(str(source), images, problems=problems, faults=faults)


def _files(source: Path) -> list[Path]:
    folders = [list_folder(source), *(listing for _, listing in walk_folders(source))]
    return [path for listing in folders for path in listing.others if path.suffix.lower() == ".xml" and path.is_file()]


def _is_voc(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError:
        return False
    return b"<annotation" in head


def _read_splits(source: Path) -> tuple[dict[str, Split], list[Problem]]:
    """The split of each picture by `ImageSets/Main/train.txt` and its like; a picture in two is a problem."""
    splits: dict[str, Split] = {}
    problems: list[Problem] = []
    folder = source / _SPLITS
    for file in list_folder(folder).texts if folder.is_dir() else ():
        split = split_in_name(file.stem) if "_" not in file.stem else None  # `dog_train.txt` lists one class.
        for name in read_lines(file) if split is not None else ():
            stem = name.split()[0] if name.split() else ""
            if stem and splits.get(stem, split) != split:
                what = say("data.problem.split-twice", name=stem, first=splits[stem], second=split)
                problems.append(make_problem("split-twice", str(file), what, "ignored"))
            elif stem and split is not None:
                splits[stem] = split
    return splits, problems


def _read_file(file: Path, root: Path, split: Split | None) -> AnnotatedImage | Fault:
    where = file.name
    try:
        tree = _parse(file)
    except DataError as error:
        return Fault(error=error, where=where)
    name = (tree.findtext("filename") or "").strip()
    path = find_image(name, root, near=file.parent) if name else root
    if not path.is_file():
        # Many tools leave the name of another folder or ending in the file: the stem decides.
        path = next((one for one in _beside(file, root) if one.is_file()), path)
    if path == root:
        return Fault(error=DataError("image-path-empty", where=where), where=where)
    size = [_number(tree.findtext(f"size/{side}")) for side in ("width", "height")]
    image = AnnotatedImage(
        path=path,
        root=root,
        where=f"{file.name}, image {path.name}",
        split=split,
        size=(int(size[0]), int(size[1])) if size[0] and size[1] else None,
    )
    for number, entry in enumerate(tree.iter("object"), 1):
        image.boxes.append(_read_box(entry, f"{image.where}, box {number}"))
    return image


def _beside(file: Path, root: Path) -> list[Path]:
    folders = (file.parent, root / "JPEGImages", root / "images", file.parent.parent / "JPEGImages")
    return [folder / f"{file.stem}{suffix}" for folder in folders for suffix in (".jpg", ".jpeg", ".png", ".bmp")]


def _parse(file: Path) -> ElementTree.Element:
    """The root of the file; what declares entities is refused, since expanding them can fill any memory."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DataError("path-unreadable", path=file, reason=error.strerror or type(error).__name__) from error
    plain = content.replace(b"\0", b"")
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise DataError("voc-xml", path=file, reason=say("data.voc-doctype"))
    try:
        tree = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise DataError("voc-xml", path=file, reason=error) from error
    if tree.tag != "annotation":
        raise DataError("voc-xml", path=file, reason=say("data.voc-root", tag=tree.tag))
    return tree


def _read_box(entry: ElementTree.Element, where: str) -> RawBox:
    label = (entry.findtext("name") or "").strip()
    corners = tuple((entry.findtext(f"bndbox/{side}") or "").strip() for side in _SIDES)
    if not label:
        return faulty_box("box-class-missing", where)
    if not all(corners):
        return faulty_box("box-not-numbers", where, found=", ".join(corners))
    difficult = (entry.findtext("difficult") or "0").strip() == "1"
    return RawBox(label=label, corners=corners, crowd=difficult, where=where)


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0
