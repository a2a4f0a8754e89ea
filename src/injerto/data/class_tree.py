"""A folder per class: which folders are classes, and the examples in them."""

from pathlib import Path

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.paths import is_inside
from injerto.core.survey import Split
from injerto.data.draft import Draft, Fault, make_problem
from injerto.data.folders import Listing, list_folder, walk_folders
from injerto.data.items import ImageFile
from injerto.data.labelled import Example


def add_classes(root: Path, draft: Draft, *, split: Split | None) -> None:
    """Add every image below `root` to `draft`, labelled by its folder.

    The label is the path of the folder relative to `root`: `daisy`, or `Greek/character01` where the upper folders
    hold only folders. A folder that holds both images and folders of images has no clear class and is an error.
    """
    _report_strays(root, draft)
    others: list[Path] = []
    with_images: set[Path] = set()
    for folder, listing in walk_folders(root):
        others += listing.others
        label = folder.relative_to(root).as_posix().strip()
        if listing.images:
            outer = next((parent for parent in folder.parents if parent in with_images), None)
            if outer is not None:
                raise DataError("folder-nested", path=outer, inner=folder.relative_to(outer))
            with_images.add(folder)
            _add_images(folder, listing, root, label, split, draft)
        elif not listing.folders:
            what = say("data.problem.class-empty", label=label)
            draft.problems.append(make_problem("class-empty", str(folder), what, "ignored"))
    if others:
        draft.notes.append(say("data.note.files-ignored", count=len(others), name=others[0]))


def count_classes(root: Path) -> int:
    """How many folders below `root` hold images."""
    return sum(bool(listing.images) for _, listing in walk_folders(root))


def _add_images(folder: Path, listing: Listing, root: Path, label: str, split: Split | None, draft: Draft) -> None:
    folder_is_inside = is_inside(folder, root)
    for path in listing.images:
        # Only a link can lead out, and resolving every path of a large data set takes long.
        if folder_is_inside and not (path.is_symlink() and path.exists() and not is_inside(path, root)):
            draft.examples.append(Example(item=ImageFile(path), labels=(label,), where=str(path), split=split))
        else:
            error = DataError("image-link-outside", where=path, root=root)
            draft.faults.append(Fault(error=error, where=str(path), labels=(label,)))


def _report_strays(root: Path, draft: Draft) -> None:
    for path in list_folder(root).images:
        what = say("data.problem.stray-file")
        draft.problems.append(make_problem("stray-file", str(path), what, "ignored"))
