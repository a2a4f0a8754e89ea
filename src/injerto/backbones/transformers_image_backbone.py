"""A transformers image model as a backbone: the mean of its last map, or the class token of a vision transformer."""

import json
import math
from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, final

import torch
from torch import Tensor

from injerto.backbones.backbone import AbstractBackbone, Inputs, LayerGroup, Pool
from injerto.backbones.digests import digest_network
from injerto.backbones.feature_maps import choose_maps, join_maps, token_map_shape, tokens_as_map, whole_picture
from injerto.backbones.image_preparation import prepare_images
from injerto.backbones.item_checks import check_augment, check_taps, image_items
from injerto.backbones.layer_groups import Trace, find_tap_modules, tapped
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.pooling import check_pool, pool_map, pool_tokens
from injerto.backbones.transformers_layers import describe_settings, trace_transformer
from injerto.core.atomic import write_file
from injerto.core.errors import ModelError
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
        self._interpolates = "interpolate_pos_encoding" in signature(network.forward).parameters
        self._digest = digest_network(network, describe_settings(network))
        trace, self.layer_groups = self._trace()
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
        self._chosen: dict[str, tuple[int, int, int]] = {}
        self._know_maps(trace)

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
        if pool == "maps":
            modules = {tap: self._tap_modules[tap] for tap in self._chosen}
            with tapped(self.network, modules, lambda _tap, output: self._as_map(output)) as found:
                self._maps(inputs)
            return join_maps([found[tap] for tap in self._chosen])
        maps = self._maps(inputs)
        return maps.flatten(1) if pool == "flatten" else _pool(maps, pool)

    def read_taps(self, inputs: Inputs, taps: Sequence[str]) -> dict[str, Tensor]:
        check_taps(taps, self._taps, spec=self.spec)
        modules = {tap: self._tap_modules[tap] for tap in taps if tap != "pooled"}
        with tapped(self.network, modules, lambda _tap, maps: _pool(maps)) as found:
            found["pooled"] = self(inputs)
        return {tap: found[tap] for tap in taps}

    @property
    def map_shapes(self) -> tuple[tuple[int, int, int], ...]:
        return tuple(self._chosen.values())

    @property
    def map_modules(self) -> tuple[str, ...]:
        return tuple(self._tap_modules[tap] for tap in self._chosen)

    def resize_input(self, height: int, width: int) -> None:
        self.contract = whole_picture(self.contract, height=height, width=width)
        try:
            self._know_maps(self._trace()[0])
        except (RuntimeError, AssertionError, ValueError) as error:
            raise ModelError("input-fixed", spec=self.spec) from error

    def save_network(self, folder: str) -> None:
        """Write network and processor; `AutoModel.from_pretrained(FOLDER)` and `AutoImageProcessor` open them."""
        with quiet_transformers():
            self.network.save_pretrained(folder)  # type: ignore[operator]
        write_file(Path(folder) / "preprocessor_config.json", json.dumps(self._processor, indent=2, sort_keys=True))

    def _trace(self) -> tuple[Trace, tuple[LayerGroup, ...]]:
        pixels = torch.zeros(1, len(self.contract.mean), self.contract.height, self.contract.width)
        inputs = {"pixel_values": pixels.to(self.device())}
        return trace_transformer(self.network, lambda: self._maps(inputs), _pool, batch_size=1)

    def _know_maps(self, trace: Trace) -> None:
        """Where maps are read, and their shapes at the present size of the input."""
        sizes = {}
        for tap, module in self._tap_modules.items():
            shape = trace.shapes[module]
            known = (shape[1], shape[2], shape[3]) if len(shape) == 4 else token_map_shape(shape, 1, self.contract)
            if known is not None:
                sizes[tap] = known
        self._chosen = choose_maps(sizes, self.contract.height)
        self.pools = tuple(pool for pool in self.pools if pool != "maps")
        if self._chosen:
            self.pools = (*self.pools, "maps")
            self._num_features["maps"] = sum(math.prod(shape) for shape in self._chosen.values())

    def _as_map(self, output: Tensor) -> Tensor:
        return output if output.ndim == 4 else tokens_as_map(output, 1, self.contract)

    def _maps(self, inputs: Inputs) -> Tensor:
        # Position embeddings of a transformer belong to one size; others are interpolated from them.
        asked = self._interpolates and self.contract.crop_mode == "border"
        maps: Tensor = self.network(**inputs, **({"interpolate_pos_encoding": True} if asked else {})).last_hidden_state
        return maps


def _pool(maps: Tensor, pool: Pool = "pooled") -> Tensor:
    if maps.ndim == 4:
        return pool_map(maps, pool)
    # The first token is the class token, of which the mean is made without.
    return pool_tokens(maps, "cls" if pool == "pooled" else pool, num_prefix=1) if maps.ndim == 3 else maps
