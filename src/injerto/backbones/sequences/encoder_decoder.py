"""An encoder with a decoder: Marian, T5, mT5, M2M100, NLLB, mBART."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Final, final

import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput

from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.pooling import check_pool
from injerto.backbones.sequences.language_codes import find_language, find_prefix
from injerto.backbones.sequences.layers import is_decoder_group
from injerto.backbones.sequences.lone_encoder import AbstractLoneEncoder
from injerto.backbones.sequences.sequence_backbone import (
    AbstractSequenceBackbone,
    encode,
    mask_of,
    pad,
    token_rows,
)
from injerto.backbones.sequences.token_rows import TokenRow, as_ids
from injerto.core.errors import UsageError
from injerto.core.messages import say
from injerto.core.sequences import NOT_SCORED, NetworkKind, SequenceOptions, SequenceSettings
from injerto.data.items import AbstractItem
from injerto.data.sequences.items import Pair

_USUAL_BLOCK: Final = 128
_MORE_TOKENS: Final = 10
"""A translation may have twice the tokens of its source, and so many more."""


class AbstractEncoderDecoder(AbstractSequenceBackbone):
    """An encoder that reads the source, whatever that is, and a decoder that writes the target."""

    @abstractmethod
    def encoder(self) -> AbstractBackbone:
        """The encoder alone, with the weights of now: what is computed once where only the decoder trains."""

    @abstractmethod
    def decoder_inputs(self, rows: Sequence[TokenRow]) -> Inputs:
        """What `forward` needs of these rows beside the encoder's states."""

    @abstractmethod
    def write_ids(self, rows: Sequence[TokenRow], settings: SequenceSettings, *, num_beams: int) -> Tensor:
        """What `translate` reads: ids with their special tokens, shape (rows, tokens)."""

    def is_encoder_frozen(self, first_group: int) -> bool:
        """Whether training from that layer group on leaves everything that the encoder runs through as it is."""
        return all(is_decoder_group(group) for group in self.layer_groups[first_group:])

    def length_rule(self, settings: SequenceSettings, *, packed: bool) -> str:
        return say("language.rule-cut", length=settings.block_length)

    def translate(self, rows: Sequence[TokenRow], settings: SequenceSettings, *, num_beams: int) -> list[str]:
        """The likeliest target of each row's source, by beam search."""
        found = self.write_ids(rows, settings, num_beams=num_beams)
        return [self.decode(row.tolist()).strip() for row in found]


@final
class EncoderDecoderBackbone(AbstractEncoderDecoder):
    """A text in, a text out."""

    kind: ClassVar[NetworkKind] = "encoder-decoder"

    def resolve_settings(self, options: SequenceOptions, *, prompts: bool) -> SequenceSettings:
        longest = self.contract.max_length
        length = options.block_length or min(_USUAL_BLOCK, longest)
        if length > longest:
            raise UsageError("block-too-long", asked=length, longest=longest, backbone=self.card.name)
        source, target = (
            find_language(self.tokenizer, language, backbone=self.card.name, side=side)
            for language, side in (
                (options.source_language, "source"),
                (options.target_language, "target"),
            )
        )
        prefix = options.prefix
        if prefix is None:
            prefix = find_prefix(self.network.config, self.tokenizer, options, backbone=self.card.name)
        return SequenceSettings(
            block_length=length,
            source_language=source,
            target_language=target,
            read_from=options.source_language,
            read_into=options.target_language,
            prefix=prefix,
        )

    def rows(
        self, items: Sequence[AbstractItem], settings: SequenceSettings, *, packed: bool
    ) -> tuple[list[TokenRow], int]:
        pairs = [item for item in items if isinstance(item, Pair)]
        self._set_languages(settings)
        sources = encode(self.tokenizer, [settings.prefix + pair.source for pair in pairs], special=True)
        targets = encode(self.tokenizer, [pair.target for pair in pairs], special=True, as_target=True)
        rows = [
            TokenRow(
                ids=as_ids(_cut(source, settings.block_length)),
                target=as_ids(_cut(target, settings.block_length)),
                num_bytes=len(pair.target.encode()),
                example=index,
            )
            for index, (pair, source, target) in enumerate(zip(pairs, sources, targets, strict=True))
        ]
        num_long = sum(
            max(len(source), len(target)) > settings.block_length
            for source, target in zip(sources, targets, strict=True)
        )
        return rows, num_long

    def prepare(self, items: Sequence[AbstractItem], *, augment: str = "none", seeds: Sequence[int] = ()) -> Inputs:
        rows = self._checked(items, augment, seeds)
        return {"input_ids": pad([row.ids for row in rows], self.padding), **self.decoder_inputs(rows)}

    def decoder_inputs(self, rows: Sequence[TokenRow]) -> Inputs:
        mask = mask_of([row.ids for row in rows])
        return {"attention_mask": mask, "decoder_input_ids": self._shift(self.labels(rows))}

    def labels(self, rows: Sequence[TokenRow]) -> Tensor:
        return pad([row.target if row.target is not None else as_ids([]) for row in rows], NOT_SCORED)

    def forward(self, inputs: Inputs, pool: Pool = "tokens") -> Tensor:
        """Scores; from `encoder_states` where these are given, else the encoder runs too."""
        check_pool(pool, self.pools, spec=self.spec)
        if "encoder_states" in inputs:
            given: dict[str, Any] = {"encoder_outputs": BaseModelOutput(last_hidden_state=inputs["encoder_states"])}
        else:
            given = {"input_ids": inputs["input_ids"]}
        scores: Tensor = self.network(
            attention_mask=inputs["attention_mask"],
            decoder_input_ids=inputs["decoder_input_ids"],
            use_cache=False,
            **given,
        ).logits
        return scores

    def encoder(self) -> "SourceEncoder":
        return SourceEncoder(self)

    @torch.no_grad()
    def write_ids(self, rows: Sequence[TokenRow], settings: SequenceSettings, *, num_beams: int) -> Tensor:
        self.network.eval()
        sources = [row.ids for row in rows]
        width = max(len(source) for source in sources)
        self._set_languages(settings)
        with quiet_transformers():
            found = self.network.generate(  # type: ignore[operator]
                input_ids=pad(sources, self.padding).to(self.device()),
                attention_mask=mask_of(sources).to(self.device()),
                num_beams=num_beams,
                do_sample=False,
                max_new_tokens=min(settings.block_length, 2 * width + _MORE_TOKENS),
                max_length=None,
                early_stopping=num_beams > 1,
                **self._begun_by(settings.target_language),
            )
        return torch.as_tensor(found.cpu())

    def _example_scores(self) -> Tensor:
        ids = torch.ones(2, 3, dtype=torch.long)
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "decoder_input_ids": ids}
        return self.forward(inputs)

    def _shift(self, labels: Tensor) -> Tensor:
        """What the decoder is given: the labels one place later, behind the token that begins a text. mBART begins
        with the last token of the labels, which is the language."""
        config: Any = self.network.config
        given = labels.masked_fill(labels == NOT_SCORED, self.padding)
        if config.model_type == "mbart":
            last = (labels != NOT_SCORED).sum(dim=1, keepdim=True) - 1
            start = given.gather(1, last)
        else:
            start = torch.full((len(given), 1), int(config.decoder_start_token_id))
        return torch.cat([start, given[:, :-1]], dim=1)

    def _begun_by(self, language: str | None) -> dict[str, int]:
        """What makes `generate` begin as a target does in training: with its language behind the start token (M2M100,
        NLLB, mBART-50), or in place of it (mBART, whose targets end with their language)."""
        if language is None:
            return {}
        token = getattr(self.tokenizer, "lang_code_to_token", {}).get(language, language)
        number = int(self.tokenizer.convert_tokens_to_ids(token))
        is_last = encode(self.tokenizer, [""], special=True, as_target=True)[0][-1] == number
        return {"decoder_start_token_id" if is_last else "forced_bos_token_id": number}

    def _set_languages(self, settings: SequenceSettings) -> None:
        if settings.source_language is not None:
            self.tokenizer.src_lang = settings.source_language
        if settings.target_language is not None:
            self.tokenizer.tgt_lang = settings.target_language


@final
class SourceEncoder(AbstractLoneEncoder):
    """The encoder of an encoder-decoder as a network of its own: its last states, shape (batch, tokens, width)."""

    def __init__(self, whole: EncoderDecoderBackbone) -> None:
        super().__init__(whole, whole.contract)
        self._padding = whole.padding

    def prepare(self, items: Sequence[AbstractItem], *, augment: str = "none", seeds: Sequence[int] = ()) -> Inputs:
        sources = [row.ids for row in token_rows(items)]
        return {"input_ids": pad(sources, self._padding), "attention_mask": mask_of(sources)}

    def lengths(self, items: Sequence[AbstractItem]) -> list[int]:
        return [len(row.ids) for row in token_rows(items)]

    def forward(self, inputs: Inputs, pool: Pool = "tokens") -> Tensor:
        check_pool(pool, self.pools, spec=self.spec)
        states: Tensor = self.network(
            input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
        ).last_hidden_state
        return states


def _cut(ids: Sequence[int], length: int) -> list[int]:
    """The first tokens, the one that ends the text kept."""
    return [*ids] if len(ids) <= length else [*ids[: length - 1], ids[-1]]
