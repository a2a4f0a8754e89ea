"""Where backbones are loaded from, one file a source; the file's name is the prefix of the spec."""

from typing import Final

from injerto.backbones.sources._source import AbstractSource, Purpose, Request
from injerto.core.registry import Registry

SOURCES: Final[Registry[type[AbstractSource]]] = Registry("injerto.backbones.sources", "backbone source")

__all__ = ["SOURCES", "AbstractSource", "Purpose", "Request"]
