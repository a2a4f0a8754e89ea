"""A transformers image model as a backbone: the mean of its last map, or the class token of a vision transformer."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

import torch
from torch import Tensor

from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool
from injerto.backbones.digests import digest_network
from injerto.backbones.image_preparation import prepare_images
from injerto.backbones.item_checks import check_augment, check_taps, image_items
from injerto.backbones.layer_groups import find_tap_modules, tapped
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.pooling import check_pool, pool_map, pool_tokens
from injerto.backbones.transformers_layers import describe_settings, trace_transformer
from injerto.core.atomic import write_file
from injerto.core.provenance import BackboneCard, ImageContract
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem


@final
class TransformersImageBackbone(AbstractBackbone):
    """An image network of transformers without classifier and pooler."""

    contract: ImageContract

    def __init__(
        self,
        network: Any,
        *,
        processor: Mapping[str, object],
        spec: str,
        card: BackboneCard,
        contract: ImageContract,
        pretrained: bool,
    ) -> None:
        super().__init__()
        self.network = network.eval()
        self.spec = spec
        self.card = card
        self.contract = contract
        self.modality = Modality.IMAGE
        self.pretrained = pretrained
        self._processor = dict(processor)
        self._digest = digest_network(network, describe_settings(network))
        pixels = torch.zeros(1, len(contract.mean), contract.height, contract.width)
        inputs = {"pixel_values": pixels}
        trace, self.layer_groups = trace_transformer(network, lambda: self._maps(inputs), _pool, batch_size=1)
        others: dict[int, tuple[Pool, ...]] = {4: ("mean", "gem"), 3: ("mean", "cls")}
        self.pools = ("pooled", "flatten", "taps", *others.get(len(trace.features), ()))
        self._num_features: dict[Pool, int] = dict.fromkeys(self.pools, trace.pooled[1])
        self._num_features["flatten"] = trace.features[1:].numel()
        self._tap_modules = find_tap_modules(self.layer_groups, trace)
        self._taps = {
            tap: trace.shapes[module][-1 if len(trace.shapes[module]) == 3 else 1]
            for tap, module in self._tap_modules.items()
        }
        self._taps["pooled"] = self._num_features["pooled"]

    @property
    def digest(self) -> str:
        return self._digest

    def num_features(self, pool: Pool = "pooled") -> int:
        check_pool(pool, self.pools, spec=self.spec)
        return sum(self._taps.values()) if pool == "taps" else self._num_features[pool]

    @property
    def taps(self) -> dict[str, int]:
        return dict(self._taps)

    def prepare(self, items: Sequence[AbstractItem], *, augment: str = "none", seeds: Sequence[int] = ()) -> Inputs:
        check_augment(augment, seeds, num_items=len(items), modality=self.modality)
        images = image_items(items, spec=self.spec)
        return {"pixel_values": prepare_images(images, self.contract, augment=augment, seeds=seeds)}

    def forward(self, inputs: Inputs, pool: Pool = "pooled") -> Tensor:
        check_pool(pool, self.pools, spec=self.spec)
        if pool == "taps":
            return self._read_all_taps(inputs)
        maps = self._maps(inputs)
        return maps.flatten(1) if pool == "flatten" else _pool(maps, pool)

    def read_taps(self, inputs: Inputs, taps: Sequence[str]) -> dict[str, Tensor]:
        check_taps(taps, self._taps, spec=self.spec)
        modules = {tap: self._tap_modules[tap] for tap in taps if tap != "pooled"}
        with tapped(self.network, modules, lambda _tap, maps: _pool(maps)) as found:
            found["pooled"] = self(inputs)
        return {tap: found[tap] for tap in taps}

    def save_network(self, folder: str) -> None:
        """Write network and processor; `AutoModel.from_pretrained(FOLDER)` and `AutoImageProcessor` open them."""
        with quiet_transformers():
            self.network.save_pretrained(folder)  # type: ignore[operator]
        write_file(Path(folder) / "preprocessor_config.json", json.dumps(self._processor, indent=2, sort_keys=True))

    def _maps(self, inputs: Inputs) -> Tensor:
        maps: Tensor = self.network(**inputs).last_hidden_state
        return maps


def _pool(maps: Tensor, pool: Pool = "pooled") -> Tensor:
    if maps.ndim == 4:
        return pool_map(maps, pool)
    # The first token is the class token, of which the mean is made without.
    return pool_tokens(maps, "cls" if pool == "pooled" else pool, num_prefix=1) if maps.ndim == 3 else maps
