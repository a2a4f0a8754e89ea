"""What `verify` found: every file of a model's folder, as it was written or not."""

from enum import StrEnum

from pydantic import Field

from injerto.core.record import Record


class FileState(StrEnum):
    """How a file stands to the manifest."""

    FINE = "fine"
    CHANGED = "changed"
    MISSING = "missing"
    EXTRA = "extra"
    LINK = "link"
    """A link leads out of what the manifest vouches for, whatever it points at today."""
    OUTSIDE = "outside"
    """The manifest names a place outside the folder; nothing there was opened."""


class CheckedFile(Record):
    """One file."""

    name: str = Field(description="relative to the folder, with /")
    state: FileState


class Verification(Record):
    """The result of one `verify`."""

    model: str
    fine: bool
    num_files: int = Field(description="files that the manifest vouches for")
    num_bytes: int = Field(description="bytes that were read and hashed")
    files: tuple[CheckedFile, ...] = Field(description="faulty ones first, then by name")

    def faults(self) -> tuple[CheckedFile, ...]:
        """Files that are not as they were written."""
        return tuple(file for file in self.files if file.state is not FileState.FINE)
