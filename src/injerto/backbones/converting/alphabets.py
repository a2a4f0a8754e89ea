"""What each row of a DeepSpeech checkpoint's last layer writes."""

import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from injerto.backbones.converting.deep_speech import Converted
from injerto.backbones.converting.pickled import Call
from injerto.backbones.speech.letters import SourceLetters

_FILES: Final = ("alphabet.txt", "vocab.txt")
"""Beside the checkpoint: of Mozilla and Coqui, and of PaddleSpeech; one entry a line."""
_MOST_BYTES: Final = 4 << 20
_ENGLISH: Final = (" ", *string.ascii_lowercase, "'")
"""The alphabet of Mozilla's English releases, which lies in their scorer and not in the checkpoint."""
_WRITTEN: Final = {"<space>": " ", "<blank>": None, "<unk>": None, "<eos>": None, "<sos/eos>": None}


def find_letters(found: Converted, source: Path, beside: Mapping[str, Any]) -> SourceLetters | None:
    """The layer of letters with its alphabet; None where nothing says what its rows write.

    Args:
        found: the converted network.
        source: the checkpoint, beside which a file with the alphabet may lie.
        beside: what else the checkpoint holds; deepspeech.pytorch keeps its `labels` there.
    """
    blank, num_rows = found.blank, len(found.letters_weight)
    labels = _of_checkpoint(beside)
    if labels is not None and "_" in labels:
        blank = list(labels).index("_")
    entries = labels or _of_file(source) or _of_releases(found)
    if entries is None:
        return None
    if len(entries) == num_rows - 1:
        entries = [*entries[:blank], None, *entries[blank:]]  # A list of letters says nothing of the blank.
    if len(entries) != num_rows:
        return None
    return SourceLetters.choose(entries, blank=blank, weight=found.letters_weight, bias=found.letters_bias)


def _of_checkpoint(beside: Mapping[str, Any]) -> Sequence[str | None] | None:
    kept = beside.get("hyper_parameters")
    kept = kept.items if isinstance(kept, Call) else kept
    labels = kept.get("labels") if isinstance(kept, dict) else None
    if isinstance(labels, list) and labels and all(isinstance(label, str) for label in labels):
        return [str(label) for label in labels]
    return None


def _of_file(source: Path) -> Sequence[str | None] | None:
    path = next((path for name in _FILES if (path := source.parent / name).is_file()), None)
    if path is None or path.stat().st_size > _MOST_BYTES:
        return None
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    lines = [line.rstrip("\r") for line in lines if line and not line.startswith("#")]
    plain = [line[1:] if line.startswith("\\#") else line for line in lines]
    return [_WRITTEN.get(line, line) for line in plain]


def _of_releases(found: Converted) -> Sequence[str | None] | None:
    is_english = found.settings["architecture"] == "deep-speech-1" and len(found.letters_weight) == len(_ENGLISH) + 1
    return _ENGLISH if is_english else None
