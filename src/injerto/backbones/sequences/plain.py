"""A plain Transformer from random weights, with a tokenizer trained on the texts at hand: what needs no pretraining.

The control of a transfer, and the way to make a small model that is then transferred. That a tokenizer is trained is
what somebody asks for by the name `plain`, and `fit` says it.
"""

from collections.abc import Iterable
from typing import Any, Final, Literal

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    MarianConfig,
    MarianMTModel,
    PreTrainedTokenizerFast,
)

from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.sequences.opening import wrap_network
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.core.errors import UsageError
from injerto.core.provenance import BackboneCard
from injerto.core.seeds import seeded
from injerto.core.survey import Modality

NAME: Final = "plain"
_SIZES: Final = {"width": 256, "layers": 4, "vocabulary": 4000, "context": 256}
_SPECIAL: Final = ("<pad>", "<s>", "</s>", "<unk>")


def is_plain(spec: str | None) -> bool:
    """Whether a spec asks for a network from nothing: `plain`, or `plain:width=128,layers=2,vocabulary=2000`."""
    return spec is not None and spec.partition(":")[0] == NAME


def parse_sizes(spec: str) -> dict[str, int]:
    """The sizes that a spec asks for; raises `UsageError` for one that is unknown or no number from 8 to a million."""
    sizes = dict(_SIZES)
    for part in filter(None, spec.partition(":")[2].split(",")):
        name, _, value = part.partition("=")
        if name.strip() not in sizes or not value.strip().isdigit() or not 1 <= int(value) <= 1_000_000:
            raise UsageError("plain-sizes", spec=spec, part=part, names=",".join(f"{n}={v}" for n, v in sizes.items()))
        sizes[name.strip()] = int(value)
    return sizes


def make_plain(
    spec: str, texts: Iterable[str], *, kind: Literal["causal", "encoder-decoder"], seed: int
) -> AbstractSequenceBackbone:
    """A byte-level BPE tokenizer trained on `texts`, and a random network over it: GPT-2's or Marian's architecture.

    Marian's is the encoder-decoder of Vaswani et al. 2017, arXiv 1706.03762, with one vocabulary for both sides.
    """
    sizes = parse_sizes(spec)
    tokenizer = train_tokenizer(texts, vocabulary=sizes["vocabulary"], context=sizes["context"], kind=kind)
    with seeded(seed), quiet_transformers():
        network = _decoder(tokenizer, sizes) if kind == "causal" else _encoder_decoder(tokenizer, sizes)
        card = BackboneCard(
            name=NAME,
            spec=spec,
            modality=Modality.TEXT,
            architecture=network.config.model_type,
            input=f"{sizes['context']} tokens",
            origin="nothing: random weights",
        )
        return wrap_network(network, tokenizer, kind=kind, spec=spec, card=card, pretrained=False, seed=seed)


def train_tokenizer(texts: Iterable[str], *, vocabulary: int, context: int, kind: str) -> PreTrainedTokenizerFast:
    """Byte-level BPE (Sennrich et al. 2016, arXiv 1508.07909): no text has an unknown character."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=max(vocabulary, len(_SPECIAL) + len(alphabet)),
        special_tokens=list(_SPECIAL),
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    if kind == "encoder-decoder":
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )


def _decoder(tokenizer: Any, sizes: dict[str, int]) -> Any:
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=sizes["context"],
            n_embd=sizes["width"],
            n_layer=sizes["layers"],
            n_head=_heads(sizes["width"]),
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def _encoder_decoder(tokenizer: Any, sizes: dict[str, int]) -> Any:
    config = MarianConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=sizes["context"],
        d_model=sizes["width"],
        encoder_layers=sizes["layers"],
        decoder_layers=sizes["layers"],
        encoder_attention_heads=_heads(sizes["width"]),
        decoder_attention_heads=_heads(sizes["width"]),
        encoder_ffn_dim=4 * sizes["width"],
        decoder_ffn_dim=4 * sizes["width"],
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.bos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
        forced_eos_token_id=tokenizer.eos_token_id,
        scale_embedding=True,
        activation_function="relu",
    )
    network = MarianMTModel(config)
    network.generation_config.bad_words_ids = [[tokenizer.pad_token_id]]
    return network


def _heads(width: int) -> int:
    """About one for 64 numbers, as many as divide the width."""
    return next(number for number in range(max(1, min(16, width // 32)), 0, -1) if width % number == 0)
