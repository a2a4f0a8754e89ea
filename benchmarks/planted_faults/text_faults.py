"""Text faults, planted with the tokenizers of transformers and tokenizers themselves."""

import functools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from benchmarks.planted_faults.trial import SHARED, Planter, Trial
from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.input_guard.checking import check_inputs
from injerto.backbones.loading import load_backbone
from injerto.data.items import Text
from injerto.data.reading import read_data

DATA = ("sst2", "banking77", "tweet_sentiment/spanish", "ag_news", "quijote", "tinyshakespeare")
NUM_EXAMPLES = 32


def planters() -> dict[str, Planter]:
    """By fault."""
    return {
        "healthy": healthy,
        "casing": casing,
        "wrong-tokenizer": wrong_tokenizer,
        "truncation-side": truncation_side,
    }


def healthy(generator: np.random.Generator) -> Trial:
    """Padded to the longest or to the limit, with and without a mask, lists and tensors."""
    name, backbone, texts = _draw(generator)
    tokenizer, length = backbone.tokenizer, backbone.contract.max_length
    rows = tokenizer(texts, truncation=True, max_length=length)["input_ids"]
    way = ("prepare", "rows", "padded", "no mask")[generator.integers(4)]
    padding = tokenizer.pad_token_id
    width = max(map(len, rows))
    padded = np.array([row + [padding] * (width - len(row)) for row in rows])
    mask = np.array([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    given: Any = {
        "prepare": lambda: backbone.prepare([Text(text) for text in texts]),
        "rows": lambda: rows,
        "padded": lambda: {"input_ids": padded, "attention_mask": mask},
        "no mask": lambda: padded,
    }[way]()
    return Trial(f"{name}, {way}", lambda: check_inputs(backbone, texts, given))


def casing(generator: np.random.Generator) -> Trial | None:
    """Lower case for a tokenizer that keeps case; a lower-casing one that was told not to."""
    name, backbone, texts = _draw(generator)
    tokenizer = backbone.tokenizer
    if backbone.contract.lowercase:
        keeping = _keeping(name.split(", ")[1])
        rows = [keeping.encode(text).ids[: backbone.contract.max_length - 1] for text in texts]
        rows = [[*row, tokenizer.sep_token_id] if row[-1] != tokenizer.sep_token_id else row for row in rows]
    else:
        rows = _rows(tokenizer, [text.lower() for text in texts], backbone)
    return _compare(name, backbone, texts, rows)


def wrong_tokenizer(generator: np.random.Generator) -> Trial | None:
    """That of another model, or one trained on the user's own texts."""
    name, backbone, texts = _draw(generator)
    way = ("other", "own", "bytes")[generator.integers(3)]
    if way == "other":
        other = next(b for key, b in backbones().items() if key != name.split(", ")[1])
        rows = _rows(other.tokenizer, texts, backbone)
    elif way == "own":
        rows = [_own(name.split(", ")[0]).encode(text).ids[: backbone.contract.max_length] for text in texts]
    else:
        rows = [[3 + byte for byte in text.encode()][: backbone.contract.max_length] for text in texts]
    return _compare(f"{name}, {way}", backbone, texts, rows)


def truncation_side(generator: np.random.Generator) -> Trial | None:
    """The tokenizer's own switch."""
    name, backbone, texts = _draw(generator, long=True)
    tokenizer = backbone.tokenizer
    side, tokenizer.truncation_side = tokenizer.truncation_side, "left"
    rows = _rows(tokenizer, texts, backbone)
    tokenizer.truncation_side = side
    return _compare(name, backbone, texts, rows)


def _compare(what: str, backbone: AbstractBackbone, texts: list[str], rows: list[list[int]]) -> Trial | None:
    if rows == _rows(backbone.tokenizer, texts, backbone):
        return None
    return Trial(what, lambda: check_inputs(backbone, texts, rows))


def _rows(tokenizer: Any, texts: Sequence[str], backbone: AbstractBackbone) -> list[list[int]]:
    rows: list[list[int]] = tokenizer(list(texts), truncation=True, max_length=backbone.contract.max_length)[
        "input_ids"
    ]
    return rows


@functools.cache
def backbones() -> dict[str, AbstractBackbone]:
    """One lower-cases, the other keeps case."""
    return {
        "minitext": load_backbone("shipped:injerto-minitext-en-es"),
        "llama": load_backbone(str(SHARED / "weights" / "llama_260k.aidreams")),
    }


@functools.cache
def _texts(name: str) -> tuple[str, ...]:
    if name in ("quijote", "tinyshakespeare"):
        file = next((SHARED / "data" / name).glob("*.txt"))
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        return tuple(" ".join(lines[n : n + 4]) for n in range(0, len(lines), 4))
    options = {"text_column": "title,description"} if name == "ag_news" else {}
    return tuple(e.item.read() for e in read_data(SHARED / "data" / name, check=False, **options).examples[:3000])


def _draw(generator: np.random.Generator, *, long: bool = False) -> tuple[str, AbstractBackbone, list[str]]:
    data = DATA[generator.integers(len(DATA))]
    name = list(backbones())[generator.integers(len(backbones()))]
    source = _texts(data)
    texts = [source[n] for n in generator.integers(len(source), size=NUM_EXAMPLES)]
    if long:
        # Some texts are long: several run together.
        for n in range(0, NUM_EXAMPLES, 4):
            texts[n] = " ".join(source[m] for m in generator.integers(len(source), size=60))
    return f"{data}, {name}", backbones()[name], texts


@functools.cache
def _keeping(name: str) -> Tokenizer:
    settings = json.loads(backbones()[name].tokenizer.backend_tokenizer.to_str())
    settings["truncation"] = settings["padding"] = None
    assert settings["normalizer"]["type"] == "BertNormalizer"
    settings["normalizer"]["lowercase"] = False
    return Tokenizer.from_str(json.dumps(settings))


@functools.cache
def _own(data: str) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=500, special_tokens=["[PAD]", "[UNK]"], show_progress=False)
    tokenizer.train_from_iterator(_texts(data), trainer)
    return tokenizer
