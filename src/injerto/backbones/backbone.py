"""How a pretrained model is seen from above: layer groups, taps, contract, digest; one class per library below."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from injerto.backbones.source_head import SourceHead
from injerto.backbones.speech.letters import SourceLetters
from injerto.core.errors import ModelError
from injerto.core.plan import Pool
from injerto.core.provenance import BackboneCard, Contract, Provenance
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem

Inputs = dict[str, Tensor]
"""A prepared batch: keyword arguments of the network's forward, first dimension the examples."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerGroup:
    """Modules that are frozen and thawed together, in order from the input to the output."""

    name: str
    modules: tuple[str, ...]
    """Outermost module names, in the order in which the forward reaches them; the first is where a cut goes.

    Empty for a group of bare parameters (class tokens, position embeddings) that belong to no module of their own.
    """
    parameters: tuple[str, ...]
    """Names of the parameters, as in `network.named_parameters()`."""
    num_parameters: int


class AbstractBackbone(nn.Module, ABC):
    """A pretrained network without its classifier, with everything injerto needs to know of it.

    Calling the backbone on prepared inputs gives features, shape (batch, features). Parameter names in layer groups
    are those of `network`, the wrapped model.
    """

    network: nn.Module
    spec: str
    """The resolved name it was loaded by, which loads it again."""
    card: BackboneCard
    contract: Contract
    modality: Modality
    pretrained: bool
    pools: tuple[Pool, ...]
    """Ways in which its features can be read."""
    layer_groups: tuple[LayerGroup, ...]
    """From the input to the output; together they hold every parameter of `network` exactly once."""
    fixed: frozenset[str] = frozenset()
    """Parameters that the architecture itself never trains, such as Marian's sinusoidal positions."""
    has_cuts: bool = True
    """Whether a phase can train from what is stored at a cut; a checked cut is still asked for."""
    num_front_groups: int = 0
    """Layer groups at the input that the standard recipe never trains: the convolutions of wav2vec 2.0."""
    source_head: SourceHead | None = None
    """The classifier that lay beside the weights, where one did that reads the pooled features."""
    source_letters: SourceLetters | None = None
    """The layer of letters that lay beside the weights of a recogniser; it reads frames."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """SHA-256 over names, shapes, dtypes and values of the weights as loaded, and the architecture's settings."""

    @abstractmethod
    def num_features(self, pool: Pool = "pooled") -> int:
        """Length of the feature vector; raises `UsageError` for a pool that is not among `pools`."""

    @property
    @abstractmethod
    def taps(self) -> dict[str, int]:
        """Where features can be read: name (a layer group's, or `pooled`) and length, input first."""

    @abstractmethod
    def prepare(self, items: Sequence[AbstractItem], *, augment: str = "none", seeds: Sequence[int] = ()) -> Inputs:
        """Read, preprocess by the contract, and collate.

        `augment` is `none`, `crop` or `crop-flip`; then `seeds` holds one seed an item, and an item with the same
        seed gives the same view. Raises `DataError` naming the item that cannot be read.
        """

    def lengths(self, items: Sequence[AbstractItem]) -> list[int]:
        """How long the network finds each item; all the same where nothing is padded."""
        return [1] * len(items)

    def row_counts(self, inputs: Inputs) -> list[int] | None:
        """How many rows of what crosses a cut are each example's own and no padding; None where all are."""
        mask = inputs.get("attention_mask")
        return None if mask is None else [int(number) for number in mask.sum(1)]

    def inputs_of_rows(self, counts: Sequence[int]) -> Inputs | None:
        """Inputs that stand for examples of so many rows behind a cut; None where the examples themselves are read."""
        return None

    @abstractmethod
    def forward(self, inputs: Inputs, pool: Pool = "pooled") -> Tensor:
        """Features, shape (batch, `num_features(pool)`); raises `UsageError` for a pool that is not among `pools`.

        Calls `network` in a way that reaches the layer groups in order, so that a cut can stop or start inside.
        """

    @property
    def map_shapes(self) -> tuple[tuple[int, int, int], ...]:
        """Channels, rows and columns of the maps that `pool="maps"` puts side by side, the largest map first."""
        return ()

    @property
    def map_modules(self) -> tuple[str, ...]:
        """The modules of `network` whose outputs these maps are."""
        return ()

    @property
    def num_decoder_groups(self) -> int:
        """Layer groups at the end that are the decoder of a pretrained detector; 0 elsewhere."""
        return 0

    def resize_input(self, height: int, width: int) -> None:
        """Take whole pictures of this size from now on, borders added, instead of the contract's crop.

        Raises `ModelError` where the network reads no other size than its own.
        """
        raise ModelError("input-fixed", spec=self.spec)

    @abstractmethod
    def read_taps(self, inputs: Inputs, taps: Sequence[str]) -> dict[str, Tensor]:
        """Pooled features of several layers from one forward pass, each of shape (batch, length)."""

    @abstractmethod
    def save_network(self, folder: str) -> None:
        """Write the network so that its own library opens it (config and `model.safetensors`), tokenizer included."""

    def _read_all_taps(self, inputs: Inputs) -> Tensor:
        """What `pool="taps"` gives: every tap's features side by side, in the order of `taps`."""
        return torch.cat(list(self.read_taps(inputs, list(self.taps)).values()), dim=1)

    def provenance(self) -> Provenance:
        """What an artifact says of this backbone."""
        return Provenance(card=self.card, digest=self.digest, pretrained=self.pretrained, contract=self.contract)

    def device(self) -> torch.device:
        """Where the parameters live."""
        return next(self.network.parameters()).device


__all__ = ["AbstractBackbone", "Inputs", "LayerGroup", "Pool"]
