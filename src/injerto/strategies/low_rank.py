"""Low-rank updates by PEFT: put into the network before training, merged into its weights after."""

import warnings
from collections.abc import Collection
from typing import Any

from torch import nn

from injerto.backbones.backbone import AbstractBackbone
from injerto.core.errors import UsageError


def insert_low_rank(
    backbone: AbstractBackbone, *, rank: int, num_groups: int, leave: Collection[nn.Module] = ()
) -> None:
    """Wrap every linear and ungrouped convolutional layer of the last `num_groups` layer groups (0: of all).

    Modules of `leave`, an output layer for instance, stay as they are.

    The update starts at zero, so the features do not change. Scaled by alpha / sqrt(rank), arXiv 2312.03732.
    Raises `UsageError` when there is no such layer.
    """
    from peft import LoraConfig

    groups = backbone.layer_groups[-num_groups:] if num_groups else backbone.layer_groups
    own = {name for group in groups for name in group.parameters}
    targets = [
        name
        for name, module in backbone.network.named_modules()
        if f"{name}.weight" in own and _takes_update(module) and not any(module is left for left in leave)
    ]
    if not targets:
        raise UsageError("lora-no-layer", backbone=backbone.card.name)
    config = LoraConfig(r=rank, lora_alpha=rank, use_rslora=True, target_modules=_exactly(targets), lora_dropout=0.0)
    inject_adapter(config, backbone.network)
    _lend_settings(backbone.network)


def inject_adapter(config: Any, network: nn.Module) -> None:
    """Wrap the layers that a PEFT configuration names, in place."""
    from peft import inject_adapter_in_model

    with warnings.catch_warnings():
        # GPT-2 stores weights with inputs first; PEFT sees it, says it, and does the right thing.
        warnings.filterwarnings("ignore", message="fan_in_fan_out is set to")
        inject_adapter_in_model(config, network)


def merge_low_rank(backbone: AbstractBackbone) -> None:
    """Add each update to the weight it belongs to and put the plain layer back; names are then as before."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    wrapped = [(name, m) for name, m in backbone.network.named_modules() if isinstance(m, BaseTunerLayer)]
    for name, module in wrapped:
        module.merge()
        parent, _, child = name.rpartition(".")
        setattr(backbone.network.get_submodule(parent), child, module.get_base_layer())


def _lend_settings(network: nn.Module) -> None:
    """Let wrapped convolutions answer for their stride and size: MobileNetV1 of transformers pads by asking them."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    for module in network.modules():
        if isinstance(module, BaseTunerLayer):
            base = module.get_base_layer()
            for name in getattr(base, "__constants__", ()):
                if not hasattr(module, name):
                    setattr(module, name, getattr(base, name))


def _takes_update(module: nn.Module) -> bool:
    from transformers.pytorch_utils import Conv1D

    if isinstance(module, nn.Conv2d):
        return module.groups == 1
    return isinstance(module, nn.Linear | Conv1D)


def _exactly(names: list[str]) -> str:
    """A pattern that matches these module names and no other; a list would match by suffix."""
    return "|".join(name.replace(".", r"\.") for name in names)
