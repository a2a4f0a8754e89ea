"""A folder of images or `.txt` files per class: `flowers/daisy/*.jpg`; nested ones give `Greek/character01`."""

from pathlib import Path
from typing import final

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.data.class_tree import add_classes, find_modality
from injerto.data.draft import Draft, ReadingOptions
from injerto.data.folders import find_inner, list_folder
from injerto.data.reader import AbstractReader, Match
from injerto.data.readers import readers


@readers.register
@final
class ClassFolders(AbstractReader):
    """The last resort for a folder: it explains what is missing where there are no classes."""

    def match(self, source: object) -> Match:
        return Match.POSSIBLE if isinstance(source, Path) and source.is_dir() else Match.NO

    def read(self, source: object, options: ReadingOptions) -> Draft:
        assert isinstance(source, Path)  # match() said so
        root = find_inner(source)
        modality = find_modality(root)
        if modality is None:
            listing = list_folder(root)
            lying = "no-class-folders" if listing.images or listing.sounds else "folder-of-texts"
            raise DataError(
                lying if any((listing.images, listing.sounds, listing.texts)) else "folder-empty", path=root
            )
        draft = Draft(source=str(source), modality=modality)
        if root != source:
            draft.notes.append(say("data.note.inner-folder", name=root.relative_to(source)))
        add_classes(root, draft, split=None)
        nested = next((e.labels[0] for e in draft.examples if "/" in e.labels[0]), None)
        if nested is not None:
            draft.notes.append(say("data.note.nested-classes", label=nested))
        return draft
