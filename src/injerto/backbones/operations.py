"""Operations of one forward pass, counted in the layers that do nearly all of them."""

from math import prod
from typing import Any, Final

import torch
from torch import Tensor, nn

from injerto.backbones.backbone import AbstractBackbone
from injerto.data.items import AbstractItem

_CONVOLUTIONS: Final = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


@torch.no_grad()
def count_operations(backbone: AbstractBackbone, item: AbstractItem) -> float:
    """Multiplications and additions of convolutions and linear layers for one example.

    Products of activations with each other (attention) and all cheaper layers are left out: in usual networks they are
    a few percent. PyTorch's own counter knows them and brings 90 MB of compiler into the process.
    """
    counted = 0.0

    def count(layer: nn.Module, inputs: Any, output: Any) -> None:
        nonlocal counted
        if isinstance(layer, _CONVOLUTIONS) and isinstance(output, Tensor):
            counted += 2.0 * output.numel() * layer.in_channels / layer.groups * prod(layer.kernel_size)
        elif isinstance(layer, nn.Linear) and isinstance(output, Tensor):
            counted += 2.0 * output.numel() * layer.in_features

    hooks = [module.register_forward_hook(count) for module in backbone.modules()]
    training = backbone.training
    try:
        backbone.eval()
        inputs = {name: value.to(backbone.device()) for name, value in backbone.prepare([item]).items()}
        backbone(inputs, "pooled" if "pooled" in backbone.pools else backbone.pools[0])
    finally:
        backbone.train(training)
        for hook in hooks:
            hook.remove()
    return counted
