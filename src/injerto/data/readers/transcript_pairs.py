"""Recordings with what is said beside them: `name.wav` and `name.txt`, in one folder or in folders of speakers."""

from pathlib import Path
from typing import Final, final

from injerto.core.errors import DataError
from injerto.core.messages import say
from injerto.core.paths import is_inside
from injerto.core.survey import Modality
from injerto.data.draft import Draft, Fault, ReadingOptions
from injerto.data.folders import Listing, list_folder, walk_folders
from injerto.data.labelled import Example
from injerto.data.reader import AbstractReader, Match
from injerto.data.readers import readers
from injerto.data.recordings import RecordingFile
from injerto.data.text_files import read_whole_file
from injerto.data.transcripts import normalise_transcript

_MOST_WITHOUT: Final = 0.5
"""Share of recordings without a text from which on a folder is something else."""


@readers.register
@final
class TranscriptPairs(AbstractReader):
    """A text file of the same name holds the transcript. Where there are several folders, each is a speaker."""

    def match(self, source: object) -> Match:
        if not (isinstance(source, Path) and source.is_dir()):
            return Match.NO
        sounds, paired = 0, 0
        for listing in _listings(source):
            texts = {path.stem for path in listing.texts}
            sounds += len(listing.sounds)
            paired += sum(path.stem in texts for path in listing.sounds)
        return Match.SURE if paired and paired > _MOST_WITHOUT * sounds else Match.NO

    def read(self, source: object, options: ReadingOptions) -> Draft:
        assert isinstance(source, Path)  # match() said so
        draft = Draft(source=str(source), modality=Modality.AUDIO, transcribed=True)
        folders = [(folder, listing) for folder, listing in _folders(source) if listing.sounds]
        for folder, listing in folders:
            group = folder.relative_to(source).as_posix() if len(folders) > 1 else None
            for path in listing.sounds:
                _add(path, group, source, draft)
        if len(folders) > 1:
            draft.columns = {say("data.role.folder"): "group"}
            draft.notes.append(say("data.note.folders-are-speakers", number=len(folders)))
        return draft


def _add(path: Path, group: str | None, root: Path, draft: Draft) -> None:
    text = path.with_suffix(".txt")
    try:
        if not (is_inside(path, root) and is_inside(text, root)):
            raise DataError("image-link-outside", where=path, root=root)
        if not text.exists():
            raise DataError("transcript-missing", where=path, name=text.name)
        said = normalise_transcript(read_whole_file(text)[0].text, where=str(text))
    except DataError as error:
        draft.faults.append(Fault(error=error, where=str(path)))
        return
    draft.examples.append(Example(item=RecordingFile(path), labels=(said,), where=str(path), group=group))


def _folders(root: Path) -> list[tuple[Path, Listing]]:
    return [(root, list_folder(root)), *walk_folders(root)]


def _listings(root: Path) -> list[Listing]:
    return [listing for _, listing in _folders(root)]
