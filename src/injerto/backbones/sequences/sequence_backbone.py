"""A network with its own output layer: token ids in, scores of the tokens to write out."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool
from injerto.backbones.digests import digest_network
from injerto.backbones.item_checks import check_augment
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.pooling import check_pool
from injerto.backbones.sequences.layers import group_sequence_layers
from injerto.backbones.sequences.token_rows import Ids, TokenRow
from injerto.backbones.text_preparation import padding_id
from injerto.backbones.transformers_layers import describe_settings
from injerto.core.hashing import digest_json
from injerto.core.provenance import BackboneCard, TextContract
from injerto.core.sequences import NetworkKind, SequenceOptions, SequenceSettings
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem


class AbstractSequenceBackbone(AbstractBackbone):
    """A pretrained network that writes texts, its output layer included.

    Its features, `pool="tokens"`, are the scores of every token, shape (batch, tokens, vocabulary), so that cuts, the
    activation store and freezing treat it as any other network. Its items are `TokenRow`s, which `rows` makes.
    """

    kind: ClassVar[NetworkKind]
    contract: TextContract
    num_new_tokens: int = 0
    """Tokens of the tokenizer that the network did not know; their embeddings start at the mean of the others."""

    def __init__(
        self, network: Any, *, tokenizer: Any, spec: str, card: BackboneCard, contract: TextContract, pretrained: bool
    ) -> None:
        super().__init__()
        self.network = network.eval()
        self.tokenizer = tokenizer
        self.spec = spec
        self.card = card
        self.contract = contract
        self.modality = Modality.TEXT
        self.pretrained = pretrained
        self.pools = ("tokens",)
        self.fixed = frozenset(name for name, value in network.named_parameters() if not value.requires_grad)
        self.padding = padding_id(tokenizer)
        self._digest = digest_network(network, describe_settings(network))
        self.layer_groups = group_sequence_layers(network, self._example_scores)

    @property
    def digest(self) -> str:
        return self._digest

    @property
    def vocabulary_size(self) -> int:
        """Tokens that are scored."""
        return self.contract.vocabulary_size

    @property
    def vocabulary_digest(self) -> str:
        """SHA-256 of every token with its number: the same for every version of the library, unlike its files."""
        return digest_json(sorted(self.tokenizer.get_vocab().items()))

    def num_features(self, pool: Pool = "tokens") -> int:
        check_pool(pool, self.pools, spec=self.spec)
        return self.vocabulary_size

    @property
    def taps(self) -> dict[str, int]:
        return {}

    def read_taps(self, inputs: Inputs, taps: Sequence[str]) -> dict[str, Tensor]:
        raise AssertionError("a sequence network has no taps")

    @abstractmethod
    def resolve_settings(self, options: SequenceOptions, *, prompts: bool) -> SequenceSettings:
        """How this network reads and writes. Raises `UsageError` for a language that its tokenizer does not know."""

    @abstractmethod
    def rows(
        self, items: Sequence[AbstractItem], settings: SequenceSettings, *, packed: bool
    ) -> tuple[list[TokenRow], int]:
        """Token rows of examples, and how many texts were longer than a row.

        `packed` joins whole texts into rows of `settings.block_length`, for training; without, each row is of one
        example, to be judged.
        """

    @abstractmethod
    def length_rule(self, settings: SequenceSettings, *, packed: bool) -> str:
        """What `rows` does with texts that are longer than a row, in one sentence."""

    @abstractmethod
    def prepare(self, items: Sequence[AbstractItem], *, augment: str = "none", seeds: Sequence[int] = ()) -> Inputs:
        """Token rows padded on the right: ids and mask, and what a decoder is given."""

    @abstractmethod
    def labels(self, rows: Sequence[TokenRow]) -> Tensor:
        """The token that each score should name, `NOT_SCORED` where none is counted, shape (rows, tokens)."""

    @abstractmethod
    def _example_scores(self) -> Tensor:
        """Scores of two tiny rows, which show in which order layers run."""

    def output_layers(self) -> list[nn.Module]:
        """What gives the scores of the vocabulary, which low-rank updates leave alone, as PEFT's `all-linear` does."""
        layer = self.network.get_output_embeddings()  # type: ignore[operator]
        return [] if layer is None else [layer]

    def lengths(self, items: Sequence[AbstractItem]) -> list[int]:
        return [row.length for row in token_rows(items)]

    def save_network(self, folder: str) -> None:
        """Write network and tokenizer; the library's own `from_pretrained(FOLDER)` opens them."""
        with quiet_transformers():
            self.network.save_pretrained(folder)  # type: ignore[operator]
        self.tokenizer.save_pretrained(folder)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids, special tokens left out."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))

    def _checked(self, items: Sequence[AbstractItem], augment: str, seeds: Sequence[int]) -> list[TokenRow]:
        check_augment(augment, seeds, num_items=len(items), modality=self.modality)
        return token_rows(items)


def token_rows(items: Sequence[AbstractItem]) -> list[TokenRow]:
    """The items, which a sequence network only takes as rows."""
    rows = [item for item in items if isinstance(item, TokenRow)]
    assert len(rows) == len(items), "sequence networks read token rows"
    return rows


def pad(rows: Sequence[Ids], value: int) -> Tensor:
    """Rows filled up on the right, shape (rows, longest)."""
    width = max(1, *(len(row) for row in rows))
    padded = torch.full((len(rows), width), value, dtype=torch.long)
    for index, row in enumerate(rows):
        padded[index, : len(row)] = torch.as_tensor(row, dtype=torch.long)
    return padded


def mask_of(rows: Sequence[Ids]) -> Tensor:
    """1 where a row has a token, shape (rows, longest)."""
    lengths = torch.tensor([len(row) for row in rows])
    width = max(1, int(lengths.max()))
    return (torch.arange(width)[None, :] < lengths[:, None]).long()


def encode(
    tokenizer: Any, texts: Sequence[str], *, special: bool, as_target: bool = False, at_once: int = 256
) -> list[list[int]]:
    """Token ids of each text, whole: whoever cuts them counts what was cut."""
    rows: list[list[int]] = []
    with quiet_transformers():  # It warns of rows longer than the network reads; they are cut later, and said.
        for start in range(0, len(texts), at_once):
            part = list(texts[start : start + at_once])
            given = {"text_target": part} if as_target else {"text": part}
            rows += tokenizer(**given, add_special_tokens=special, truncation=False, padding=False)["input_ids"]
    return rows
