"""Every text fault is planted and named, alone; what is right is silent, in whatever form it comes."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.input_guard.checking import check_inputs
from injerto.backbones.loading import load_backbone
from injerto.core.errors import UsageError
from injerto.data.items import Text

SEEDS = range(3)
WORDS = ("The", "cat", "Sat", "on", "a", "Mat", "and", "Ran", "far", "Away", "from", "El", "gato", "Duerme", "home")


def _texts(seed: int, number: int = 12) -> list[str]:
    """Short ones, and every third longer than any of the networks reads."""
    generator = np.random.default_rng(seed)
    lengths = [60 if n % 3 == 0 else int(generator.integers(2, 12)) for n in range(number)]
    return [" ".join(generator.choice(WORDS, length)) for length in lengths]


@pytest.fixture(params=["bert", "gpt2", "shipped:injerto-minitext-en-es"])
def backbone(request: pytest.FixtureRequest, save_text_model: Callable[[str], Any]) -> AbstractBackbone:
    """One that lower-cases, one that keeps case and has no special tokens, and a real one."""
    name = request.param
    return load_backbone(name if ":" in name else str(save_text_model(name)))


def _rows(backbone: AbstractBackbone, texts: list[str], **options: Any) -> list[list[int]]:
    limit = options.pop("max_length", backbone.contract.max_length)
    rows: list[list[int]] = backbone.tokenizer(texts, truncation=True, max_length=limit, **options)["input_ids"]
    return rows


def _names(backbone: AbstractBackbone, texts: list[str], given: Any) -> list[str]:
    return [finding.name for finding in check_inputs(backbone, texts, given)]


@pytest.mark.parametrize("seed", SEEDS)
def test_right_input_is_silent(seed: int, backbone: AbstractBackbone) -> None:
    texts = _texts(seed)
    prepared = backbone.prepare([Text(text) for text in texts])
    assert _names(backbone, texts, prepared) == []
    assert _names(backbone, texts, _rows(backbone, texts)) == []
    assert _names(backbone, texts, {name: values.numpy() for name, values in prepared.items()}) == []
    assert _names(backbone, texts, prepared["input_ids"]) == []
    assert _names(backbone, texts, _padded_to_the_limit(backbone, texts)) == []


def _padded_to_the_limit(backbone: AbstractBackbone, texts: list[str]) -> torch.Tensor:
    rows = _rows(backbone, texts)
    padding = backbone.tokenizer.pad_token_id or 0
    return torch.tensor([row + [padding] * (backbone.contract.max_length - len(row)) for row in rows])


@pytest.mark.parametrize("seed", SEEDS)
def test_casing_is_named(seed: int, backbone: AbstractBackbone) -> None:
    texts = _texts(seed)
    if backbone.contract.lowercase:
        keeping = _keep_case(backbone.tokenizer)
        ends = backbone.tokenizer("")["input_ids"]
        limit = backbone.contract.max_length
        contents = [keeping.encode(text, add_special_tokens=False).ids[: limit - 2] for text in texts]
        given = [[ends[0], *content, ends[1]] for content in contents]
    else:
        given = _rows(backbone, [text.lower() for text in texts])
    assert _names(backbone, texts, given) == ["casing"]


def _keep_case(tokenizer: Any) -> Tokenizer:
    settings = json.loads(tokenizer.backend_tokenizer.to_str())
    settings["truncation"] = settings["padding"] = None
    settings["normalizer"]["lowercase"] = False
    return Tokenizer.from_str(json.dumps(settings))


def test_capitals_for_weights_that_know_both_cases(save_text_model: Callable[[str], Any]) -> None:
    backbone = load_backbone(str(save_text_model("gpt2")))
    texts = _texts(0)
    assert _names(backbone, texts, _rows(backbone, [text.upper() for text in texts])) == ["casing"]


def test_lower_case_is_no_fault_where_the_tokenizer_lower_cases(save_text_model: Callable[[str], Any]) -> None:
    backbone = load_backbone(str(save_text_model("bert")))
    texts = _texts(0)
    assert _names(backbone, texts, _rows(backbone, [text.lower() for text in texts])) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_truncation_side_is_named_where_a_text_is_cut(seed: int, backbone: AbstractBackbone) -> None:
    texts = _texts(seed)
    texts[0] = " ".join([*texts, "the end"] * 12)
    backbone.tokenizer.truncation_side = "left"
    given = _rows(backbone, texts)
    short = _rows(backbone, texts[1:2])
    backbone.tokenizer.truncation_side = "right"
    assert _names(backbone, texts, given) == ["truncation-side"]
    assert _names(backbone, texts[1:2], short) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_another_length_is_named(seed: int, backbone: AbstractBackbone) -> None:
    texts = _texts(seed)
    (finding,) = check_inputs(backbone, texts, _rows(backbone, texts, max_length=16))
    assert (finding.name, finding.measured["length"]) == ("truncation-length", 16)


def test_missing_special_tokens_are_named(save_text_model: Callable[[str], Any]) -> None:
    backbone = load_backbone(str(save_text_model("bert")))
    texts = [text for text in _texts(0) if len(text) < 80]
    assert _names(backbone, texts, _rows(backbone, texts, add_special_tokens=False)) == ["special-tokens"]


def test_padding_on_the_left_is_named(save_text_model: Callable[[str], Any]) -> None:
    backbone = load_backbone(str(save_text_model("bert")))
    texts = _texts(0)
    prepared = backbone.prepare([Text(text) for text in texts])
    shifts = (prepared["attention_mask"] == 0).sum(1).tolist()
    left = {
        name: torch.stack([row.roll(shift) for row, shift in zip(values, shifts, strict=True)])
        for name, values in prepared.items()
    }
    assert _names(backbone, texts, left) == ["padding-side"]


@pytest.mark.parametrize("seed", SEEDS)
def test_another_tokenizer_is_named(seed: int, backbone: AbstractBackbone) -> None:
    texts = _texts(seed)
    other = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    other.pre_tokenizer = pre_tokenizers.Whitespace()
    special = [f"[{n}]" for n in range(40 + seed)] + ["[UNK]"]
    other.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=95, special_tokens=special))
    given = [other.encode(text).ids[:40] for text in texts]
    assert _names(backbone, texts, given) == ["wrong-tokenizer"]


def test_ids_that_the_network_does_not_have_are_told(backbone: AbstractBackbone) -> None:
    given = _rows(backbone, ["the cat"])
    given[0][-1] = 10**6
    (finding,) = check_inputs(backbone, ["the cat"], given)
    assert "1 ids lie beyond" in finding.sentence


def test_texts_in_another_order_are_not_another_tokenizer(backbone: AbstractBackbone) -> None:
    texts = _texts(0)
    assert _names(backbone, texts, _rows(backbone, texts[1:] + texts[:1])) == ["unexplained"]


def test_what_is_no_ids_is_refused(save_text_model: Callable[[str], Any]) -> None:
    with pytest.raises(UsageError, match=r"U331.*rows of ids"):
        check_inputs(load_backbone(str(save_text_model("bert"))), ["a"], 3)
