"""A detector of transformers (DETR, YOLOS, RT-DETR and their like) as a backbone: what each of its queries found."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, final

import torch
from torch import Tensor

from injerto.backbones.backbone import AbstractBackbone, Inputs, Pool
from injerto.backbones.digests import digest_network
from injerto.backbones.feature_maps import whole_picture
from injerto.backbones.image_preparation import prepare_images
from injerto.backbones.item_checks import check_augment, check_taps, image_items
from injerto.backbones.layer_groups import make_layer_groups, trace_forward
from injerto.backbones.library_noise import quiet_transformers
from injerto.backbones.pooling import check_pool
from injerto.backbones.transformers_layers import describe_settings
from injerto.core.atomic import write_file
from injerto.core.provenance import BackboneCard, ImageContract
from injerto.core.survey import Modality
from injerto.data.items import AbstractItem

_IN_STACK: Final = re.compile(r"(?:^|\.)(encoder|decoder)\.(?:layer|layers)\.(\d+)\.")
_HEADS: Final = re.compile(r"(?:^|\.)(class_labels_classifier|bbox_predictor|bbox_embed|class_embed|class_head)\b")
_TRACED_SIZE: Final = (128, 128)
_EDGE: Final = 1e-4
"""Boxes are kept this far from the borders before their logits are taken."""


@final
class TransformersDetector(AbstractBackbone):
    """The whole pretrained detector; its old classes stay inside, where some choose their queries by them.

    Features are those of every query side by side: its hidden state, and the logits of the box that the pretrained
    box head gives (middle, width, height). A new head names classes and corrects boxes.
    """

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
        with torch.no_grad():
            height, width = _TRACED_SIZE
            example = {"pixel_values": torch.zeros(1, len(contract.mean), height, width)}
            self.num_queries, self._width = self._queries(example).shape[1:]
            trace = trace_forward(
                network, lambda: self._queries(example), lambda queries: queries.mean(1), batch_size=1
            )
        group_of, names = _group_parameters(network)
        self.layer_groups = make_layer_groups(network, trace, group_of, names=names)
        self.pools = ("pooled", "queries")

    @property
    def num_decoder_groups(self) -> int:
        return sum(group.name.startswith(("decoder", "box head")) for group in self.layer_groups)

    @property
    def digest(self) -> str:
        return self._digest

    def num_features(self, pool: Pool = "pooled") -> int:
        check_pool(pool, self.pools, spec=self.spec)
        return int(self._width) * (int(self.num_queries) if pool == "queries" else 1)

    @property
    def taps(self) -> dict[str, int]:
        return {"pooled": int(self._width)}

    @property
    def map_shapes(self) -> tuple[tuple[int, int, int], ...]:
        """Of the queries: width, one row, and as many columns as there are queries."""
        return ((int(self._width), 1, int(self.num_queries)),)

    def resize_input(self, height: int, width: int) -> None:
        self.contract = whole_picture(self.contract, height=height, width=width)

    def prepare(self, items: Sequence[AbstractItem], *, augment: str = "none", seeds: Sequence[int] = ()) -> Inputs:
        check_augment(augment, seeds, num_items=len(items), modality=self.modality)
        images = image_items(items, spec=self.spec)
        return {"pixel_values": prepare_images(images, self.contract, augment=augment, seeds=seeds)}

    def forward(self, inputs: Inputs, pool: Pool = "pooled") -> Tensor:
        check_pool(pool, self.pools, spec=self.spec)
        queries = self._queries(inputs)
        return queries.flatten(1) if pool == "queries" else queries.mean(1)

    def read_taps(self, inputs: Inputs, taps: Sequence[str]) -> dict[str, Tensor]:
        check_taps(taps, self.taps, spec=self.spec)
        return {tap: self(inputs) for tap in taps}

    def save_network(self, folder: str) -> None:
        """Write network and processor; `AutoModelForObjectDetection.from_pretrained(FOLDER)` opens them."""
        with quiet_transformers():
            self.network.save_pretrained(folder)  # type: ignore[operator]
        write_file(Path(folder) / "preprocessor_config.json", json.dumps(self._processor, indent=2, sort_keys=True))

    def _queries(self, inputs: Inputs) -> Tensor:
        """Hidden state and box logits of every query, shape (batch, queries, width + 4)."""
        output = self.network(**inputs)
        boxes: Tensor = output.pred_boxes
        # Of the decoder. Those of its layers one by one are stacked in another order by each family.
        hidden: Tensor = output.last_hidden_state
        # YOLOS gives the tokens of the picture too; its detection tokens come last.
        return torch.cat([hidden[:, -boxes.shape[1] :], torch.logit(boxes, eps=_EDGE)], dim=2)


def _group_parameters(network: Any) -> tuple[dict[str, int], dict[int, str]]:
    """A number for every parameter, equal numbers training together, and what the groups are called."""
    found: dict[str, str] = {}
    # Some heads are parts of the decoder and of the whole: they have two names.
    for name, _ in network.named_parameters(remove_duplicate=False):
        match = _IN_STACK.search(name)
        if _HEADS.search(name):
            found[name] = "box head"
        elif "backbone" in name or "conv_encoder" in name:
            found[name] = "convolutions"
        elif match is not None:
            found[name] = f"{match[1]}.{match[2]}"
        elif ".decoder." in name or name.startswith("decoder."):
            found[name] = "decoder.rest"
        else:
            found[name] = name.rpartition(".")[0] or name
    order = {group: number for number, group in enumerate(dict.fromkeys(found.values()))}
    return {name: order[group] for name, group in found.items()}, {number: group for group, number in order.items()}


def detector_contract(processor: Mapping[str, Any], *, num_channels: int) -> ImageContract:
    """How a detector's pictures look: whole, and in whatever size; the processor says mean, deviation and range."""
    normalises = processor.get("do_normalize", True)
    scale = float(processor.get("rescale_factor", 1 / 255)) * 255 if processor.get("do_rescale", True) else 255.0
    height, width = _TRACED_SIZE
    return ImageContract(
        height=height,
        width=width,
        interpolation="bilinear",
        crop_mode="border",
        mean=tuple(map(float, processor["image_mean"])) if normalises else (0.0,) * num_channels,
        std=tuple(map(float, processor["image_std"])) if normalises else (1.0,) * num_channels,
        value_range=(0.0, scale),
        channel_order="rgb" if num_channels == 3 else "grey",
    )
