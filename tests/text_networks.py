"""Small real networks of transformers with their tokenizers, saved as their library saves them."""

from collections.abc import Callable
from pathlib import Path

import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from injerto.backbones.library_noise import quiet_transformers
from injerto.core.seeds import seeded

_CORPUS = ["the cat sat on the mat", "a dog ran far away from home", "el gato duerme"] * 5
_SMALL = {
    "vocab_size": 100,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
}
_ENDS = {"bos_token_id": 2, "eos_token_id": 3}


def _word_pieces() -> transformers.PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(_CORPUS, trainers.WordPieceTrainer(vocab_size=90, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )


def _byte_pairs() -> transformers.PreTrainedTokenizerFast:
    """Like GPT-2's: no padding token, no special tokens around a text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>")


_NETWORKS: dict[str, Callable[[], transformers.PreTrainedModel]] = {
    "bert": lambda: transformers.BertForMaskedLM(transformers.BertConfig(**_SMALL)),
    "roberta": lambda: transformers.RobertaModel(transformers.RobertaConfig(**_SMALL | _ENDS)),
    "distilbert": lambda: transformers.DistilBertForSequenceClassification(
        transformers.DistilBertConfig(
            vocab_size=100, dim=16, n_layers=2, n_heads=2, hidden_dim=32, max_position_embeddings=40
        )
    ),
    "modernbert": lambda: transformers.ModernBertForMaskedLM(
        transformers.ModernBertConfig(**_SMALL | _ENDS, cls_token_id=2, sep_token_id=3)
    ),
    "gpt2": lambda: transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=310, n_embd=16, n_layer=2, n_head=2, n_positions=40, bos_token_id=0, eos_token_id=0
        )
    ),
    "albert": lambda: transformers.AlbertModel(transformers.AlbertConfig(**_SMALL | _ENDS, embedding_size=8)),
}
TEXT_NETWORKS = tuple(_NETWORKS)


def save_network(name: str, folder: Path) -> None:
    """The network of that architecture and its tokenizer."""
    with seeded(1), quiet_transformers():
        _NETWORKS[name]().save_pretrained(folder)
        (_byte_pairs() if name == "gpt2" else _word_pieces()).save_pretrained(folder)
