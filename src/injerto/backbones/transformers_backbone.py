"""A transformers text model as a backbone: the mean of its tokens, or the last token of a causal decoder."""

from collections.abc import Sequence
from typing import Any, final

import torch
from torch import Tensor

from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool
from injerto.backbones.digests import digest_network
from injerto.backbones.item_checks import check_augment, check_taps, text_items
from injerto.backbones.layer_groups import find_tap_modules, tapped
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.pooling import check_pool, pool_tokens
from injerto.backbones.text_preparation import count_tokens, prepare_texts
from injerto.backbones.transformers_layers import describe_settings, trace_transformer
from injerto.core.provenance import BackboneCard, TextContract
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem


@final
class TransformersBackbone(AbstractBackbone):
    """An encoder, or a decoder used as one, without head and pooler."""

    contract: TextContract

    def __init__(
        self,
        network: Any,
        *,
        tokenizer: Any,
        spec: str,
        card: BackboneCard,
        contract: TextContract,
        pretrained: bool,
    ) -> None:
        super().__init__()
        self.network = network.eval()
        self.tokenizer = tokenizer
        self.spec = spec
        self.card = card
        self.contract = contract
        self.modality = Modality.TEXT
        self.pretrained = pretrained
        self._is_causal = _looks_back_only(network)
        self.pools = ("pooled", "taps", "mean", "cls", "last")
        self._digest = digest_network(network, describe_settings(network))
        # Two examples, so that what is computed once for all of them (rotary angles) is told from the features.
        inputs = {name: torch.ones(2, 3, dtype=torch.long) for name in ("input_ids", "attention_mask")}
        trace, self.layer_groups = trace_transformer(
            network, lambda: self._tokens(inputs), lambda tokens: self._pool(tokens, inputs), batch_size=2
        )
        self._num_features = trace.pooled[1]
        self._tap_modules = find_tap_modules(self.layer_groups, trace)
        self._taps = {tap: trace.shapes[module][-1] for tap, module in self._tap_modules.items()}
        self._taps["pooled"] = self._num_features

    @property
    def digest(self) -> str:
        return self._digest

    def num_features(self, pool: Pool = "pooled") -> int:
        check_pool(pool, self.pools, spec=self.spec)
        return sum(self._taps.values()) if pool == "taps" else self._num_features

    @property
    def taps(self) -> dict[str, int]:
        return dict(self._taps)

    def prepare(self, items: Sequence[AbstractItem], *, augment: str = "none", seeds: Sequence[int] = ()) -> Inputs:
        check_augment(augment, seeds, num_items=len(items), modality=self.modality)
        return prepare_texts(text_items(items, spec=self.spec), self.tokenizer, self.contract)

    def lengths(self, items: Sequence[AbstractItem]) -> list[int]:
        return count_tokens(text_items(items, spec=self.spec), self.tokenizer, self.contract)

    def row_counts(self, inputs: Inputs) -> list[int]:
        return [int(number) for number in inputs["attention_mask"].sum(1)]

    def forward(self, inputs: Inputs, pool: Pool = "pooled") -> Tensor:
        check_pool(pool, self.pools, spec=self.spec)
        if pool == "taps":
            return self._read_all_taps(inputs)
        return self._pool(self._tokens(inputs), inputs, pool)

    def read_taps(self, inputs: Inputs, taps: Sequence[str]) -> dict[str, Tensor]:
        check_taps(taps, self._taps, spec=self.spec)
        modules = {tap: self._tap_modules[tap] for tap in taps if tap != "pooled"}
        with tapped(self.network, modules, lambda _tap, tokens: self._pool(tokens, inputs)) as found:
            found["pooled"] = self(inputs)
        return {tap: found[tap] for tap in taps}

    def save_network(self, folder: str) -> None:
        """Write network and tokenizer; `AutoModel.from_pretrained(FOLDER)` and `AutoTokenizer` open them."""
        with quiet_transformers():
            self.network.save_pretrained(folder)  # type: ignore[operator]
        self.tokenizer.save_pretrained(folder)

    def _tokens(self, inputs: Inputs) -> Tensor:
        extra = {"use_cache": False} if self._is_causal else {}
        tokens: Tensor = self.network(**inputs, **extra).last_hidden_state
        return tokens

    def _pool(self, tokens: Tensor, inputs: Inputs, pool: Pool = "pooled") -> Tensor:
        # What looks back only has seen the whole text at its last token.
        own: Pool = "last" if self._is_causal else "mean"
        return pool_tokens(tokens, own if pool == "pooled" else pool, mask_NT=inputs["attention_mask"])


def _looks_back_only(network: Any) -> bool:
    """Whether a token's output ignores the tokens behind it. Measured: BERT, too, is listed as a language model."""
    ids = torch.tensor([[1, 1, 0], [1, 1, 1]])
    with torch.no_grad():
        first, second = network(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
    return torch.equal(first[0], second[0])
