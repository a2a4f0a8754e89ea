"""A timm model as a backbone: its features before the classifier, by its own layer groups and its own contract."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

import torch
from safetensors.torch import save_file
from timm.models import group_parameters, save_for_hf
from timm.models.vgg import VGG
from torch import Tensor, nn

from injerto.backbones.backbone import AbstractBackbone, Inputs, LayerGroup, Pool
from injerto.backbones.digests import digest_network
from injerto.backbones.feature_maps import choose_maps, join_maps, token_map_shape, tokens_as_map, whole_picture
from injerto.backbones.image_preparation import prepare_images
from injerto.backbones.item_checks import check_augment, check_taps, image_items
from injerto.backbones.layer_groups import Trace, find_tap_modules, make_layer_groups, tapped, trace_forward
from injerto.backbones.model_folder import WEIGHTS_NAME
from injerto.backbones.pooling import check_pool, pool_map, pool_tokens
from injerto.backbones.vgg_layers import THIN, make_vgg_groups, stand_in_weights
from injerto.core.errors import ModelError
from injerto.core.messages import say
from injerto.core.provenance import BackboneCard, ImageContract
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem

# timm merges what follows the last block (the final norm) into its group; a group of its own is easier to name.
_MERGES_INTO_LAST = (99999,)
_OWN_GROUP = (99998,)


@final
class TimmBackbone(AbstractBackbone):
    """An image network of timm, made with `num_classes=0`."""

    contract: ImageContract

    def __init__(
        self,
        network: nn.Module,
        *,
        spec: str,
        card: BackboneCard,
        contract: ImageContract,
        pretrained: bool,
        model_args: Mapping[str, Any],
    ) -> None:
        super().__init__()
        self.network = network.eval()
        self.spec = spec
        self.card = card
        self.contract = contract
        self.modality = Modality.IMAGE
        self.pretrained = pretrained
        self._model_args = dict(model_args)
        self._digest = digest_network(network, self._settings())
        trace = self._trace()
        self.layer_groups = _make_groups(network, trace)
        self._tap_modules = find_tap_modules(self.layer_groups, trace)
        self.pools = ("pooled", "flatten", "taps", *self._other_pools(len(trace.features)))
        width = trace.features[-1 if self._is_channels_last or len(trace.features) == 3 else 1]
        self._num_features: dict[Pool, int] = dict.fromkeys(self.pools, width)
        self._num_features |= {"pooled": trace.pooled[1], "flatten": trace.features[1:].numel()}
        self._taps = self._measure_taps()
        self._maps: dict[str, tuple[int, int, int]] = {}
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
        return {"x": prepare_images(image_items(items, spec=self.spec), self.contract, augment=augment, seeds=seeds)}

    def forward(self, inputs: Inputs, pool: Pool = "pooled") -> Tensor:
        check_pool(pool, self.pools, spec=self.spec)
        if pool == "taps":
            return self._read_all_taps(inputs)
        if pool == "maps":
            modules = {tap: self._tap_modules[tap] for tap in self._maps}
            with tapped(self.network, modules, lambda tap, output: self._as_map(output)) as found:
                self._features(inputs["x"])
            return join_maps([found[tap] for tap in self._maps])
        features = self._features(inputs["x"])
        if pool == "pooled":
            return self._pool(features)
        return features.flatten(1) if pool == "flatten" else self._pool_as(features, pool)

    def read_taps(self, inputs: Inputs, taps: Sequence[str]) -> dict[str, Tensor]:
        check_taps(taps, self._taps, spec=self.spec)
        modules = {tap: self._tap_modules[tap] for tap in taps if tap != "pooled"}
        with tapped(self.network, modules, self._pool_tap) as found:
            found["pooled"] = self(inputs)
        return {tap: found[tap] for tap in taps}

    @property
    def map_shapes(self) -> tuple[tuple[int, int, int], ...]:
        return tuple(self._maps.values())

    @property
    def map_modules(self) -> tuple[str, ...]:
        return tuple(self._tap_modules[tap] for tap in self._maps)

    def resize_input(self, height: int, width: int) -> None:
        set_input_size = getattr(self.network, "set_input_size", None)
        if (height, width) != (self.contract.height, self.contract.width) and set_input_size is not None:
            set_input_size(img_size=(height, width))  # A transformer's position embeddings are resampled.
            self._model_args["img_size"] = [height, width]
        self.contract = whole_picture(self.contract, height=height, width=width)
        try:
            self._know_maps(self._trace())
        except (RuntimeError, AssertionError, ValueError) as error:
            raise ModelError("input-fixed", spec=self.spec) from error

    def save_network(self, folder: str) -> None:
        """Write `config.json` and `model.safetensors`; `timm.create_model("local-dir:FOLDER")` opens them.

        timm has no VGG without its fully connected layers, so for VGG one of width 1 and weight 0 is written with it:
        there `forward_features` is what was saved, and what timm's own head gives means nothing.
        """
        if not isinstance(self.network, VGG):
            save_for_hf(self.network, folder, model_args=self._model_args, safe_serialization=True)
            return
        save_for_hf(self.network, folder, model_args=self._model_args | THIN, safe_serialization=True)
        save_file(self.network.state_dict() | stand_in_weights(self.network), Path(folder) / WEIGHTS_NAME)

    def _know_maps(self, trace: Trace) -> None:
        """Where maps are read, and their shapes at the present size of the input."""
        shapes = {tap: trace.shapes[module] for tap, module in self._tap_modules.items()}
        sizes = {tap: self._map_shape(shape) for tap, shape in shapes.items()}
        self._maps = choose_maps({tap: size for tap, size in sizes.items() if size is not None}, self.contract.height)
        self.pools = tuple(pool for pool in self.pools if pool != "maps")
        if self._maps:
            self.pools = (*self.pools, "maps")
            self._num_features["maps"] = sum(math.prod(shape) for shape in self._maps.values())

    def _map_shape(self, shape: torch.Size) -> tuple[int, int, int] | None:
        if len(shape) == 4:
            return (shape[3], shape[1], shape[2]) if self._is_channels_last else (shape[1], shape[2], shape[3])
        return token_map_shape(shape, self._num_prefix, self.contract)

    def _as_map(self, output: Tensor) -> Tensor:
        if output.ndim == 4:
            return output.permute(0, 3, 1, 2) if self._is_channels_last else output
        return tokens_as_map(output, self._num_prefix, self.contract)

    def _settings(self) -> dict[str, object]:
        """What beside the tensors decides the output. What their shapes show is left out: timm writes it or not."""
        shown = {"num_classes", "in_chans", "img_size", "global_pool"}
        model_args = {name: value for name, value in self._model_args.items() if name not in shown}
        pool = getattr(self.network, "global_pool", None)
        return {
            "library": "timm",
            "architecture": self.card.architecture,
            "model_args": model_args,
            "global_pool": pool if isinstance(pool, str) else None,
        }

    def _features(self, x: Tensor) -> Tensor:
        features: object = self.network.forward_features(x)  # type: ignore[operator]
        if not isinstance(features, Tensor):
            # CoaT and CrossViT work on two scales to the end.
            raise ModelError("architecture-unfit", where=self.spec, why=say("backbones.several-outputs"))
        return features

    def _pool(self, features: Tensor) -> Tensor:
        if isinstance(self.network, VGG):
            return features.mean((2, 3))
        pooled: Tensor = self.network.forward_head(features, pre_logits=True)  # type: ignore[operator]
        return pooled.flatten(1)

    @property
    def _is_channels_last(self) -> bool:
        return getattr(self.network, "output_fmt", "NCHW") == "NHWC"

    @property
    def _num_prefix(self) -> int:
        return int(getattr(self.network, "num_prefix_tokens", 0))

    def _other_pools(self, num_dims: int) -> tuple[Pool, ...]:
        if num_dims == 4:
            return "mean", "gem"
        if num_dims == 3:
            return ("mean", "cls") if self._num_prefix else ("mean",)
        return ()

    def _pool_as(self, output: Tensor, pool: Pool) -> Tensor:
        if output.ndim == 4:
            return pool_map(output.permute(0, 3, 1, 2) if self._is_channels_last else output, pool)
        return pool_tokens(output, pool, num_prefix=self._num_prefix) if output.ndim == 3 else output

    def _pool_tap(self, tap: str, output: Tensor) -> Tensor:
        # Before the first block the class token is the same for every image.
        is_stem = tap == self.layer_groups[0].name
        by_token = self._num_prefix and getattr(self.network, "global_pool", "") == "token" and not is_stem
        return self._pool_as(output, "cls" if by_token else "mean")

    def _example(self) -> Tensor:
        return torch.zeros(1, len(self.contract.mean), self.contract.height, self.contract.width)

    def _trace(self) -> Trace:
        x = self._example()
        return trace_forward(self.network, lambda: self._features(x), self._pool, batch_size=1)

    def _measure_taps(self) -> dict[str, int]:
        with torch.no_grad(), tapped(self.network, self._tap_modules, self._pool_tap) as found:
            self._pool(self._features(self._example()))
        lengths = {tap: found[tap].shape[1] for tap in self._tap_modules}
        return lengths | {"pooled": self._num_features["pooled"]}


def _make_groups(network: nn.Module, trace: Trace) -> tuple[LayerGroup, ...]:
    if isinstance(network, VGG):
        return make_vgg_groups(network)
    find_matcher = getattr(network, "group_matcher", None)
    if find_matcher is None:
        return make_layer_groups(network, trace, _group_by_child(network))
    matcher = find_matcher(coarse=False)
    if isinstance(matcher, dict):
        matcher = {name: _split_last(patterns) for name, patterns in matcher.items()}
    return make_layer_groups(network, trace, group_parameters(network, matcher, reverse=True))


def _split_last(patterns: Any) -> Any:
    if not isinstance(patterns, (list, tuple)):
        return patterns
    return [(pattern, _OWN_GROUP if suffix == _MERGES_INTO_LAST else suffix) for pattern, suffix in patterns]


def _group_by_child(network: nn.Module) -> dict[str, int]:
    children = {name: number for number, (name, _) in enumerate(network.named_children())}
    return {name: children.get(name.split(".")[0], len(children)) for name, _ in network.named_parameters()}
