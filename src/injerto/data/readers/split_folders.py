"""Given splits, each with a folder per class: `train/daisy/*.jpg`, `val/daisy/*.jpg`, `test/daisy/*.jpg`."""

from pathlib import Path
from typing import final

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.survey import Split
from injerto.data.class_tree import add_classes, count_classes, find_modality
from injerto.data.draft import Draft, ReadingOptions, make_problem
from injerto.data.folders import find_inner, list_folder
from injerto.data.reader import AbstractReader, Match
from injerto.data.readers import readers
from injerto.data.split_names import split_named


@readers.register
@final
class SplitFolders(AbstractReader):
    """Folders named after splits, in English or Spanish; one of them holds the training split."""

    def match(self, source: object) -> Match:
        if not (isinstance(source, Path) and source.is_dir()):
            return Match.NO
        folders = list_folder(find_inner(source)).folders
        named = [folder for folder in folders if split_named(folder.name)]
        # A class may be called "test" too: split folders are those that hold class folders.
        holding = [folder for folder in named if list_folder(folder).folders and find_modality(folder)]
        splits = {split_named(folder.name) for folder in holding}
        return Match.SURE if len(named) >= 2 and splits & {"train", "tune", "test"} else Match.NO

    def read(self, source: object, options: ReadingOptions) -> Draft:
        assert isinstance(source, Path)  # match() said so
        root = find_inner(source)
        modality = find_modality(root)
        assert modality is not None  # match() found classes
        draft = Draft(source=str(source), modality=modality)
        if root != source:
            draft.notes.append(say("data.note.inner-folder", name=root.relative_to(source)))
        found: dict[Split, Path] = {}
        for folder in list_folder(root).folders:
            split = split_named(folder.name)
            if split is None:
                what = say("data.problem.folder-not-split")
                draft.problems.append(make_problem("folder-not-split", str(folder), what, "ignored"))
            elif split in found:
                names = f"{found[split].name}, {folder.name}"
                raise DataError("split-repeated", path=root, split=split, names=names)
            elif not count_classes(folder, modality):
                what = say("data.problem.split-unlabelled")
                draft.problems.append(make_problem("split-unlabelled", str(folder), what, "ignored"))
            else:
                found[split] = folder
                add_classes(folder, draft, split=split)
        return draft
