"""A folder per class: which folders are classes, and the examples in them."""

from collections.abc import Iterator
from pathlib import Path

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.paths import is_inside
from injerto.core.survey import Split
from injerto.data.draft import Draft, Fault, join_names, make_problem
from injerto.data.folders import Listing, list_folder
from injerto.data.items import ImageFile
from injerto.data.labelled import Example


def add_classes(root: Path, draft: Draft, *, split: Split | None) -> None:
    """Add every image below `root` to `draft`, labelled by its folder.

    The label is the path of the folder relative to `root`: `daisy`, or `Greek/character01` where the upper folders
    hold only folders.
    """
    listing = list_folder(root)
    _report_strays(listing, draft)
    others: list[Path] = []
    for folder, inner in _walk(listing):
        label = folder.relative_to(root).as_posix().strip()
        others += inner.others
        if not inner.images:
            if not inner.folders:
                what = say("data.problem.class-empty", label=label)
                draft.problems.append(make_problem("class-empty", str(folder), what, "ignored"))
            continue
        for path in inner.images:
            _add_image(path, root, label, split, draft)
    if others:
        draft.notes.append(say("data.note.files-ignored", count=len(others), name=others[0]))


def holds_classes(root: Path) -> bool:
    """Whether some folder below `root` holds images."""
    return any(inner.images for _, inner in _walk(list_folder(root)))


def _walk(listing: Listing) -> Iterator[tuple[Path, Listing]]:
    for folder in listing.folders:
        inner = list_folder(folder)
        if inner.images and (below := [path for path, deep in _walk(inner) if deep.images]):
            raise DataError("folder-nested", path=folder, inner=join_names([path.name for path in below]))
        yield folder, inner
        yield from _walk(inner)


def _add_image(path: Path, root: Path, label: str, split: Split | None, draft: Draft) -> None:
    if not is_inside(path, root) and path.exists():
        error = DataError("image-link-outside", where=path, root=root)
        draft.faults.append(Fault(error=error, where=str(path), labels=(label,)))
        return
    draft.examples.append(Example(item=ImageFile(path), labels=(label,), where=str(path), split=split))


def _report_strays(listing: Listing, draft: Draft) -> None:
    for path in listing.images:
        what = say("data.problem.stray-file")
        draft.problems.append(make_problem("stray-file", str(path), what, "ignored"))
