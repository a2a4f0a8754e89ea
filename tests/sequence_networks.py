"""Small real networks that write texts, saved as their library saves them, and texts for them."""

import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import transformers
from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES as M2M100_LANGUAGES
from transformers.models.mbart.tokenization_mbart import FAIRSEQ_LANGUAGE_CODES as MBART_LANGUAGES

from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.sequences.plain import train_tokenizer
from injerto.core.seeds import seeded

SENTENCES = [
    ("the cat sat on the mat", "el gato se sentó en la alfombra"),
    ("a dog ran far away from home", "un perro corrió lejos de casa"),
    ("the bird sings in the tree", "el pájaro canta en el árbol"),
    ("we drink water every day", "bebemos agua todos los días"),
]
_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_NÚMEROS = ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"]


def pairs(number: int = 40) -> list[tuple[str, str]]:
    """Sentences with their translations, all different."""
    return [
        (f"{SENTENCES[i % 4][0]}, {_NUMBERS[i // 4 % 10]}", f"{SENTENCES[i % 4][1]}, {_NÚMEROS[i // 4 % 10]}")
        for i in range(number)
    ]


def write_pairs(path: Path, number: int = 40) -> Path:
    """A TSV whose columns are named after the languages."""
    lines = [f"{source}\t{target}" for source, target in pairs(number)]
    path.write_text("\n".join(["en\tes", *lines]) + "\n", encoding="utf-8")
    return path


def write_prose(path: Path, number: int = 200) -> Path:
    """A plain text of a few thousand words."""
    drawn = random.Random(0)
    parts = (SENTENCES, _NUMBERS, _NUMBERS)
    lines = ["{[0]} and {} times {}.".format(*map(drawn.choice, parts)) for _ in range(number)]
    path.write_text("\n\n".join("\n".join(lines[start : start + 5]) for start in range(0, number, 5)), encoding="utf-8")
    return path


def tokenizer(kind: str) -> transformers.PreTrainedTokenizerFast:
    """Byte-level, of 300 tokens."""
    return train_tokenizer([side for pair in pairs() for side in pair], vocabulary=300, context=64, kind=kind)


def _ids(tokens: transformers.PreTrainedTokenizerFast) -> dict[str, int]:
    return {"pad_token_id": tokens.pad_token_id, "eos_token_id": tokens.eos_token_id}


def _gpt2(tokens: transformers.PreTrainedTokenizerFast) -> transformers.PreTrainedModel:
    sizes = {"n_embd": 16, "n_layer": 3, "n_head": 2, "n_positions": 64}
    config = transformers.GPT2Config(vocab_size=len(tokens), bos_token_id=tokens.bos_token_id, **sizes, **_ids(tokens))
    return transformers.GPT2LMHeadModel(config)


def _llama(tokens: transformers.PreTrainedTokenizerFast) -> transformers.PreTrainedModel:
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = transformers.LlamaConfig(
        vocab_size=len(tokens),
        max_position_embeddings=64,
        bos_token_id=tokens.bos_token_id,
        tie_word_embeddings=False,
        **sizes,
        **_ids(tokens),
    )
    return transformers.LlamaForCausalLM(config)


def _t5(tokens: transformers.PreTrainedTokenizerFast) -> transformers.PreTrainedModel:
    sizes = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 8, "num_decoder_layers": 2, "num_heads": 2}
    config = transformers.T5Config(
        vocab_size=len(tokens), decoder_start_token_id=tokens.pad_token_id, **sizes, **_ids(tokens)
    )
    return transformers.T5ForConditionalGeneration(config)


def _marian(tokens: transformers.PreTrainedTokenizerFast) -> transformers.PreTrainedModel:
    sizes = {"d_model": 16, "encoder_layers": 8, "decoder_layers": 2, "max_position_embeddings": 64}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    widths = {"encoder_ffn_dim": 32, "decoder_ffn_dim": 32}
    config = transformers.MarianConfig(
        vocab_size=len(tokens),
        decoder_start_token_id=tokens.pad_token_id,
        forced_eos_token_id=tokens.eos_token_id,
        bos_token_id=tokens.bos_token_id,
        **sizes,
        **heads,
        **widths,
        **_ids(tokens),
    )
    return transformers.MarianMTModel(config)


def _mt5(tokens: transformers.PreTrainedTokenizerFast) -> transformers.PreTrainedModel:
    sizes = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 3, "num_decoder_layers": 2, "num_heads": 2}
    config = transformers.MT5Config(
        vocab_size=len(tokens), decoder_start_token_id=tokens.pad_token_id, **sizes, **_ids(tokens)
    )
    return transformers.MT5ForConditionalGeneration(config)


def _sizes(tokens: transformers.PreTrainedTokenizerBase) -> dict[str, int]:
    """Of M2M100 and mBART."""
    layers = {"encoder_layers": 3, "decoder_layers": 2, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    widths = {"d_model": 16, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 64}
    ids = _ids(tokens) | {"bos_token_id": tokens.bos_token_id, "decoder_start_token_id": tokens.eos_token_id}
    return layers | widths | ids


def _m2m100(tokens: transformers.PreTrainedTokenizerBase) -> transformers.PreTrainedModel:
    # Its tokenizer speaks of eight tokens more than it has.
    return transformers.M2M100ForConditionalGeneration(
        transformers.M2M100Config(vocab_size=len(tokens) + 8, **_sizes(tokens))
    )


def _mbart(tokens: transformers.PreTrainedTokenizerBase) -> transformers.PreTrainedModel:
    return transformers.MBartForConditionalGeneration(
        transformers.MBartConfig(vocab_size=len(tokens), **_sizes(tokens))
    )


def _m2m100_tokenizer() -> transformers.PreTrainedTokenizerBase:
    with tempfile.TemporaryDirectory() as folder:
        model = _sentencepiece(Path(folder), "spm")
        vocabulary = {word: i for i, word in enumerate(dict.fromkeys(["<s>", "<pad>", "</s>", "<unk>", *model]))}
        (Path(folder) / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
        # As in its own folders: without these the codes are no special tokens.
        codes = [f"__{language}__" for language in M2M100_LANGUAGES["m2m100"]]
        files = (f"{folder}/vocab.json", f"{folder}/spm.model")
        return transformers.M2M100Tokenizer(*files, model_max_length=64, additional_special_tokens=codes)


def _mbart_tokenizer() -> transformers.PreTrainedTokenizerBase:
    letters = sorted({letter for pair in pairs() for side in pair for letter in side} - {" "})
    words = ["<s>", "<pad>", "</s>", "<unk>", "▁", *letters, *MBART_LANGUAGES, "<mask>"]
    return transformers.MBartTokenizer(vocab=[(word, -2.0) for word in words], model_max_length=64)


_MAKERS: dict[str, tuple[str, Callable[..., transformers.PreTrainedModel]]] = {
    "gpt2": ("causal", _gpt2),
    "llama": ("causal", _llama),
    "t5": ("encoder-decoder", _t5),
    "marian": ("encoder-decoder", _marian),
}
_TokenizerMaker = Callable[[], transformers.PreTrainedTokenizerBase]
_MULTILINGUAL: dict[str, tuple[_TokenizerMaker, Callable[..., transformers.PreTrainedModel]]] = {
    "mt5": (lambda: tokenizer("encoder-decoder"), _mt5),
    "m2m100": (_m2m100_tokenizer, _m2m100),
    "mbart": (_mbart_tokenizer, _mbart),
}
CAUSAL = tuple(name for name, (kind, _) in _MAKERS.items() if kind == "causal")
ENCODER_DECODER = tuple(name for name, (kind, _) in _MAKERS.items() if kind != "causal")
MULTILINGUAL = tuple(_MULTILINGUAL)


def save_sequence_network(name: str, folder: Path) -> Path:
    """The network of that architecture with its tokenizer."""
    if name in _MULTILINGUAL:
        make_tokenizer, make = _MULTILINGUAL[name]
        tokens = make_tokenizer()
    else:
        kind, make = _MAKERS[name]
        tokens = tokenizer(kind)
    with seeded(1), quiet_transformers():
        make(tokens).save_pretrained(folder)
        tokens.save_pretrained(folder)
    return folder


def _sentencepiece(folder: Path, name: str) -> list[str]:
    """Write `name`.model into a folder, and return its pieces."""
    import sentencepiece

    text = folder / "sentences.txt"
    text.write_text("\n".join(side for pair in pairs() for side in pair), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(folder / name), vocab_size=80, hard_vocab_limit=False, minloglevel=2
    )
    text.unlink()
    (folder / f"{name}.vocab").unlink()
    model = sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{name}.model"))
    return [model.id_to_piece(i) for i in range(model.get_piece_size())]


def save_slow_marian(folder: Path) -> Path:
    """Marian with its own slow tokenizer, whose vocabulary knows two target languages."""
    folder.mkdir(parents=True)
    for side in ("source", "target"):
        pieces = _sentencepiece(folder, side)
        (folder / f"{side}.model").rename(folder / f"{side}.spm")
    words = ["</s>", "<unk>", *pieces]
    vocabulary = {word: i for i, word in enumerate(dict.fromkeys([*words, "<pad>", ">>es<<", ">>fr<<"]))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    with seeded(1), quiet_transformers():
        tokens = transformers.MarianTokenizer(
            str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json")
        )
        _marian(tokens).save_pretrained(folder)
        tokens.save_pretrained(folder)
    return folder
