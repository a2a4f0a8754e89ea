"""The layer of letters that a recogniser was trained with, and the alphabet that it writes."""

# V letters and the blank, C channels.

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, final

import torch
from safetensors.torch import save_file
from torch import Tensor

from injerto.backbones.model_folder import ModelFolder
from injerto.backbones.weights_file import read_weights
from injerto.core.errors import ModelError

WEIGHTS_NAME: Final = "letters.safetensors"
ALPHABET_NAME: Final = "letters.json"
_VOCABULARY: Final = "vocab.json"
_TOKENIZER: Final = "tokenizer_config.json"
_LONGEST: Final = 16
"""Characters of an entry: more is no letter, nor a piece of a word."""


@final
@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class SourceLetters:
    """A linear layer on frames; the last of its scores is the blank's."""

    characters: tuple[str, ...]
    weight_VC: Tensor
    bias_V: Tensor

    @classmethod
    def choose(cls, entries: Sequence[str | None], *, blank: int, weight: Tensor, bias: Tensor | None) -> Self:
        """Those rows of a layer that write something, and the blank's behind them.

        Args:
            entries: what each row writes, None for marks of the beginning, the end or the unknown.
            blank: the row that writes nothing.
            weight: shape (rows, channels).
            bias: shape (rows,), zero where there is none.
        """
        written = [
            (row, entry) for row, entry in enumerate(entries) if row != blank and entry and len(entry) <= _LONGEST
        ]
        characters = tuple(entry for _, entry in written)
        small = tuple(entry.lower() for entry in characters)
        rows = [*(row for row, _ in written), blank]
        return cls(
            # Transcripts are lower-cased; an alphabet that holds both cases is kept as it is.
            characters=small if len(set(small)) == len(small) else characters,
            weight_VC=weight[rows].float().contiguous(),
            bias_V=(torch.zeros(len(weight)) if bias is None else bias.float())[rows].contiguous(),
        )

    @classmethod
    def read(cls, folder: ModelFolder, *, num_features: int, where: str) -> Self | None:
        """Those that `write` put into a folder; None where there are none, `ModelError` where they do not fit."""
        if not folder.holds(ALPHABET_NAME):
            return None
        characters = folder.read_json(ALPHABET_NAME).get("characters")
        found = read_weights((folder.file(WEIGHTS_NAME),))
        if not isinstance(characters, list) or not all(isinstance(c, str) and 0 < len(c) <= 16 for c in characters):
            raise ModelError("letters-unfit", where=where, why=f"{ALPHABET_NAME} holds no list of characters")
        if len(set(characters)) != len(characters):
            raise ModelError("letters-unfit", where=where, why=f"{ALPHABET_NAME} holds a character twice")
        shapes = {name: tuple(tensor.shape) for name, tensor in found.items()}
        number = len(characters) + 1
        if shapes != {"weight": (number, num_features), "bias": (number,)}:
            why = f"{WEIGHTS_NAME} has {shapes} for {number} scores of {num_features} channels"
            raise ModelError("letters-unfit", where=where, why=why)
        return cls(characters=tuple(characters), weight_VC=found["weight"].float(), bias_V=found["bias"].float())

    @classmethod
    def of_transformers(
        cls, folder: ModelFolder, config: Any, weights: Mapping[str, Tensor], *, num_features: int
    ) -> Self | None:
        """Those of a network with the head `lm_head` and its `vocab.json`; None where it has not both.

        Vocabularies of several languages in one, as MMS has, are not read.
        """
        weight, bias = weights.get("lm_head.weight"), weights.get("lm_head.bias")
        blank = config.pad_token_id
        if weight is None or not folder.holds(_VOCABULARY) or weight.ndim != 2 or weight.shape[1] != num_features:
            return None
        vocabulary = folder.read_json(_VOCABULARY)
        settings = folder.read_json(_TOKENIZER) if folder.holds(_TOKENIZER) else {}
        entries: list[str | None] = [None] * len(weight)
        for entry, row in vocabulary.items():
            if not isinstance(row, int) or not 0 <= row < len(weight):
                return None
            entries[row] = " " if entry == settings.get("word_delimiter_token", "|") else entry
        marks = {settings.get(f"{kind}_token", f"<{short}>") for kind, short in _MARKS.items()}
        entries = [None if entry in marks or _is_mark(entry) else entry for entry in entries]
        if not isinstance(blank, int) or not 0 <= blank < len(weight):
            return None
        return cls.choose(entries, blank=blank, weight=weight, bias=bias)

    def write(self, folder: Path) -> None:
        """Two files: tensors, and the alphabet in their order."""
        # Cloned: parts of one kernel share its memory, which the format refuses.
        tensors = {"weight": self.weight_VC.clone().contiguous(), "bias": self.bias_V.clone().contiguous()}
        save_file(tensors, folder / WEIGHTS_NAME, metadata={"format": "pt"})
        content = json.dumps({"characters": list(self.characters)}, indent=1, ensure_ascii=False)
        (folder / ALPHABET_NAME).write_text(content + "\n", encoding="utf-8")


def count_known(letters: SourceLetters, labels: Sequence[str]) -> int:
    """How many of these labels it writes."""
    return len(set(labels) & set(letters.characters))


def starts_from_letters(letters: SourceLetters, labels: Sequence[str]) -> bool:
    """Whether a head for these labels starts from a recogniser's own: where it knows more than half of them."""
    return 2 * count_known(letters, labels) > len(set(labels))


_MARKS: Final = {"bos": "s", "eos": "/s", "unk": "unk", "pad": "pad"}


def _is_mark(entry: str | None) -> bool:
    return entry is None or (len(entry) > 1 and entry[0] in "<[" and entry[-1] in ">]")
