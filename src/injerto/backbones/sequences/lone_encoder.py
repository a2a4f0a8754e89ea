"""The encoder of an encoder-decoder as a network of its own, whose last states are computed once and stored."""

from collections.abc import Sequence

from torch import Tensor

from injerto.backbones.backbone import AbstractBackbone, Inputs, LayerGroup, Pool
from injerto.backbones.pooling import check_pool
from injerto.backbones.sequences.sequence_backbone import AbstractSequenceBackbone
from injerto.core.provenance import Contract


class AbstractLoneEncoder(AbstractBackbone):
    """One layer group, with the weights of now; last states of shape (batch, positions, width)."""

    def __init__(self, whole: AbstractSequenceBackbone, contract: Contract) -> None:
        super().__init__()
        self.network = whole.network.get_encoder()  # type: ignore[operator]
        self.spec = whole.spec
        self.card = whole.card
        self.contract = contract
        self.modality = whole.modality
        self.pretrained = whole.pretrained
        self.pools = ("tokens",)
        self._digest = whole.digest
        names = tuple(name for name, _ in self.network.named_parameters())
        size = sum(parameter.numel() for parameter in self.network.parameters())
        self.layer_groups = (LayerGroup(name="encoder", modules=(), parameters=names, num_parameters=size),)

    @property
    def digest(self) -> str:
        return self._digest

    def num_features(self, pool: Pool = "tokens") -> int:
        check_pool(pool, self.pools, spec=self.spec)
        return int(self.network.config.hidden_size)  # type: ignore[union-attr,arg-type]

    @property
    def taps(self) -> dict[str, int]:
        return {}

    def read_taps(self, inputs: Inputs, taps: Sequence[str]) -> dict[str, Tensor]:
        raise AssertionError("the encoder of a network that writes has no taps")

    def save_network(self, folder: str) -> None:
        raise AssertionError("the encoder is saved with its network")
