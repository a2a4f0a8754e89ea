"""A folder per class: which folders are classes, and the examples in them."""

from collections.abc import Sequence
from pathlib import Path

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.paths import is_inside
from injerto.core.survey import Modality, Split
from injerto.data.draft import Draft, Fault, make_problem
from injerto.data.folders import Listing, list_folder, walk_folders
from injerto.data.input_cells import MAX_CHARACTERS
from injerto.data.items import AbstractItem, ImageFile, Text
from injerto.data.labelled import Example
from injerto.data.recordings import RecordingFile
from injerto.data.text_files import read_whole_file


def add_classes(root: Path, draft: Draft, *, split: Split | None) -> None:
    """Add every image (or, as the draft's modality is, every `.txt` file) below `root`, labelled by its folder.

    The label is the path of the folder relative to `root`: `daisy`, or `Greek/character01` where the upper folders
    hold only folders. A folder that holds both examples and folders of examples has no clear class and is an error.
    """
    _report_strays(root, draft)
    others: list[Path] = []
    with_examples: set[Path] = set()
    for folder, listing in walk_folders(root):
        others += [*listing.others, *(listing.texts if draft.modality is not Modality.TEXT else ())]
        others += [path for kind in Modality if kind is not draft.modality for path in _foreign(listing, kind)]
        label = folder.relative_to(root).as_posix().strip()
        if listing.files(draft.modality):
            outer = next((parent for parent in folder.parents if parent in with_examples), None)
            if outer is not None:
                raise DataError("folder-nested", path=outer, inner=folder.relative_to(outer))
            with_examples.add(folder)
            _add_files(folder, listing.files(draft.modality), root, label, split, draft)
        elif not listing.folders:
            what = say("data.problem.class-empty", label=label)
            draft.problems.append(make_problem("class-empty", str(folder), what, "ignored"))
    if others:
        draft.notes.append(say("data.note.files-ignored", count=len(others), name=others[0]))


def count_classes(root: Path, modality: Modality) -> int:
    """How many folders below `root` hold files of `modality`."""
    return sum(bool(listing.files(modality)) for _, listing in walk_folders(root))


def find_modality(root: Path) -> Modality | None:
    """What the folders below `root` hold: images where there is any, else recordings, else texts, else None."""
    listings = [listing for _, listing in walk_folders(root)]
    return next(
        (kind for kind in (Modality.IMAGE, Modality.AUDIO, Modality.TEXT) if any(one.files(kind) for one in listings)),
        None,
    )


def _add_files(folder: Path, paths: Sequence[Path], root: Path, label: str, split: Split | None, draft: Draft) -> None:
    folder_is_inside = is_inside(folder, root)
    for path in paths:
        # Only a link can lead out, and resolving every path of a large data set takes long.
        inside = folder_is_inside and not (path.is_symlink() and path.exists() and not is_inside(path, root))
        try:
            if not inside:
                raise DataError("image-link-outside", where=path, root=root)
            item = _read(path, draft)
        except DataError as error:
            draft.faults.append(Fault(error=error, where=str(path), labels=(label,)))
            continue
        draft.examples.append(Example(item=item, labels=(label,), where=str(path), split=split))


def _foreign(listing: Listing, kind: Modality) -> Sequence[Path]:
    """Pictures among recordings and recordings among pictures; texts are counted by whoever asks."""
    return () if kind is Modality.TEXT else listing.files(kind)


def _read(path: Path, draft: Draft) -> AbstractItem:
    if draft.modality is Modality.IMAGE:
        return ImageFile(path)
    return RecordingFile(path) if draft.modality is Modality.AUDIO else _read_text(path, draft)


def _read_text(path: Path, draft: Draft) -> Text:
    text, num_characters, notes = read_whole_file(path)
    draft.notes += notes
    if num_characters > MAX_CHARACTERS:
        what = say("data.problem.text-long", num_characters=num_characters)
        draft.problems.append(make_problem("text-long", str(path), what, "cut", limit=MAX_CHARACTERS))
    return text


def _report_strays(root: Path, draft: Draft) -> None:
    for path in list_folder(root).files(draft.modality):
        what = say("data.problem.stray-file")
        draft.problems.append(make_problem("stray-file", str(path), what, "ignored"))
