"""Weights from disk: safetensors only, whole, and of the right shapes; nothing is skipped in silence."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from injerto.backbones.model_folder import PICKLE_SUFFIXES
from injerto.core.errors import ModelError

_NUM_NAMED = 5


def read_weights(files: Sequence[Path]) -> dict[str, Tensor]:
    """All tensors of the files. A pickle is refused unread; a renamed one is no safetensors file and is not opened."""
    tensors: dict[str, Tensor] = {}
    for path in files:
        if path.suffix.lower() != ".safetensors":
            refuse_pickle(path)
            raise ModelError("weights-unreadable", path=path, why="its name does not end in .safetensors")
        try:
            tensors.update(load_file(path))
        except SafetensorError as error:
            raise ModelError("weights-unreadable", path=path, why=error) from error
    return tensors


def refuse_pickle(path: Path) -> None:
    """Raise `ModelError` for a file whose name says that opening it can run code."""
    if path.suffix.lower() in PICKLE_SUFFIXES:
        raise ModelError("weights-pickle", path=path)


def check_names(where: str, *, missing: Iterable[str], misshapen: Iterable[str], unknown: Iterable[str]) -> None:
    """Raise `ModelError` naming the first tensors that do not fit the architecture."""
    for key, names in (("weights-missing", missing), ("weights-shape", misshapen), ("weights-unknown", unknown)):
        if listed := sorted(names):
            rest = len(listed) - _NUM_NAMED
            more = f" and {rest} more" if rest > 0 else ""
            raise ModelError(key, where=where, names=", ".join(listed[:_NUM_NAMED]) + more)
