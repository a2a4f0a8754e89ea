"""From texts to token ids: truncated, padded on the right, with a mask; and the contract of a tokenizer."""

from collections.abc import Sequence
from typing import Any, Final

import torch

from injerto.backbones.backbone import Inputs
from injerto.core.errors import ModelError
from injerto.core.hashing import digest_bytes, digest_json, digest_text
from injerto.core.provenance import TextContract
from injerto.data.items import Text

MAX_LENGTH: Final = 512
# A text is cut before it is tokenized, far behind what max_length tokens can hold, so that time stays bounded.
_CHARACTERS_PER_TOKEN: Final = 128
_COUNTED_AT_ONCE: Final = 256


def text_contract(tokenizer: Any, *, longest: int, vocabulary_size: int, where: str) -> TextContract:
    """The contract of a tokenizer and a network that reads at most `longest` tokens and knows `vocabulary_size`.

    Raises `ModelError` for a tokenizer that can give ids which the network does not know.
    """
    if len(tokenizer) > vocabulary_size:
        why = f"it has {len(tokenizer)} tokens and the network knows {vocabulary_size}"
        raise ModelError("tokenizer-unfit", where=where, why=why)
    return TextContract(
        tokenizer_digest=digest_tokenizer(tokenizer),
        lowercase=tokenizer("INJERTO Ñ")["input_ids"] == tokenizer("injerto ñ")["input_ids"],
        max_length=min(tokenizer.model_max_length, longest, MAX_LENGTH),
        padding_side="right",
        vocabulary_size=vocabulary_size,
    )


def digest_tokenizer(tokenizer: Any) -> str:
    """SHA-256 of everything that decides the token ids."""
    if not tokenizer.is_fast:  # Marian's: a vocabulary, and a model for each side.
        models = [getattr(tokenizer, name, None) for name in ("spm_source", "spm_target", "sp_model")]
        parts = [digest_bytes(model.serialized_model_proto()) for model in models if model is not None]
        return digest_json([sorted(tokenizer.get_vocab().items()), parts])
    backend = tokenizer.backend_tokenizer
    # A call leaves its truncation and padding in the backend; they are the contract's, not the tokenizer's.
    backend.no_truncation()
    backend.no_padding()
    return digest_text(backend.to_str())


def prepare_texts(items: Sequence[Text], tokenizer: Any, contract: TextContract) -> Inputs:
    """Token ids and mask, both of shape (items, tokens of the longest).

    Padding is always on the right, for decoders too: positions then count from the first word, and what a text gives
    does not depend on its neighbours. Where a tokenizer has no padding token (GPT-2), the end token pads; the mask
    says what is read. An empty text is one such token, and that one is read.
    """
    padding = padding_id(tokenizer)
    rows = [row or [padding] for row in _tokenize(items, tokenizer, contract)]
    width = max(map(len, rows))
    ids = torch.full((len(rows), width), padding, dtype=torch.long)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row, dtype=torch.long)
        mask[index, : len(row)] = 1
    return {"input_ids": ids, "attention_mask": mask}


def count_tokens(items: Sequence[Text], tokenizer: Any, contract: TextContract) -> list[int]:
    """How many tokens the network reads of each text."""
    return [
        max(1, len(row))
        for start in range(0, len(items), _COUNTED_AT_ONCE)
        for row in _tokenize(items[start : start + _COUNTED_AT_ONCE], tokenizer, contract)
    ]


def _tokenize(items: Sequence[Text], tokenizer: Any, contract: TextContract) -> list[list[int]]:
    longest = contract.max_length * _CHARACTERS_PER_TOKEN
    texts = [_encodable(item.read()[:longest]) for item in items]
    rows: list[list[int]] = tokenizer(texts, truncation=True, max_length=contract.max_length, padding=False)[
        "input_ids"
    ]
    return rows


def padding_id(tokenizer: Any) -> int:
    """The id that fills short rows: the padding token's, else the end token's, else 0."""
    for token_id in (tokenizer.pad_token_id, tokenizer.eos_token_id):
        if token_id is not None:
            return int(token_id)
    return 0


def _encodable(text: str) -> str:
    """The text with half surrogate pairs replaced: no tokenizer can encode them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
