"""What a source is asked, and what it must do."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.errors import UsageError
from injerto.core.provenance import BackboneCard

Purpose = Literal["features", "causal", "encoder-decoder", "dictation"]
"""What a network is opened for: its features, or, with its output layer, to write texts alone, from another text, or
from a recording."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One call of `load_backbone`, its spec split."""

    place: str
    """What follows the source's prefix: a name, a repository, a path."""
    arch: str | None = None
    revision: str | None = None
    pretrained: bool = True
    seed: int = 0
    card: BackboneCard | None = None
    purpose: Purpose = "features"

    def refuse_arch(self) -> None:
        """Raise `UsageError` if an architecture was given where the place says its own."""
        if self.arch is not None:
            raise UsageError("arch-idle", spec=self.place, arch=self.arch)

    def refuse_revision(self) -> None:
        """Raise `UsageError` if a revision was given for what has none."""
        if self.revision is not None:
            raise UsageError("revision-idle", spec=self.place, revision=self.revision)


class AbstractSource(ABC):
    """A place that backbones come from."""

    @abstractmethod
    def load(self, request: Request) -> AbstractBackbone:
        """Open the backbone; raises `ModelError`, `HubError` or `UsageError`."""
