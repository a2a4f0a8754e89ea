"""A timm model as a backbone: its features before the classifier, by its own layer groups and its own contract."""

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
