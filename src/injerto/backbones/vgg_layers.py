"""VGG as Keras names it: every convolution and every pooling is a layer group, `block1_conv1` to `block5_pool`."""

from typing import Final

import torch
from timm.models.vgg import VGG
from torch import Tensor, nn

from injerto.backbones.backbone import LayerGroup

# The width of timm's fully connected layers is 4096 times this; 1 is the least that it can build.
THIN: Final = {"mlp_ratio": 1 / 4096}
_FULL_WIDTH: Final = 4096


def drop_fully_connected(network: VGG) -> None:
    """Leave only the convolutions, as `include_top=False` does; the features are then the last pooled map."""
    network.pre_logits = nn.Identity()
    network.head = nn.Identity()
    network.num_classes = 0


def stand_in_weights(network: VGG) -> dict[str, Tensor]:
    """Zeros for the fully connected layers of a VGG made with `THIN`, so that timm can open what was saved."""
    return {
        "pre_logits.fc1.weight": torch.zeros(1, network.num_features, 7, 7),
        "pre_logits.fc1.bias": torch.zeros(1),
        "pre_logits.fc2.weight": torch.zeros(_FULL_WIDTH, 1, 1, 1),
        "pre_logits.fc2.bias": torch.zeros(_FULL_WIDTH),
    }


def make_vgg_groups(network: VGG) -> tuple[LayerGroup, ...]:
    """One group for each convolution, with its batch norm and activation, and one for each pooling."""
    layers: list[tuple[str, list[str]]] = []
    block, conv = 1, 0
    for index, layer in enumerate(network.features):
        module = f"features.{index}"
        if isinstance(layer, nn.Conv2d):
            conv += 1
            layers.append((f"block{block}_conv{conv}", [module]))
        elif isinstance(layer, nn.MaxPool2d):
            layers.append((f"block{block}_pool", [module]))
            block, conv = block + 1, 0
        else:
            layers[-1][1].append(module)
    return tuple(_make_group(network, name, modules) for name, modules in layers)


def _make_group(network: VGG, name: str, modules: list[str]) -> LayerGroup:
    found = {
        f"{module}.{parameter}": tensor.numel()
        for module in modules
        for parameter, tensor in network.get_submodule(module).named_parameters()
    }
    return LayerGroup(name=name, modules=tuple(modules), parameters=tuple(found), num_parameters=sum(found.values()))
