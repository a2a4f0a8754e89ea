"""Which parameters a phase trains, and the freeze plan that shows it. Nobody else sets `requires_grad`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from injerto.backbones.backbone import AbstractBackbone, LayerGroup
from injerto.core.plan import FreezePlan, FreezeRow, Phase

_ADAPTER_PARTS: Final = re.compile(r"\.base_layer|\.lora_\w+\.\w+")
"""What PEFT inserts into a parameter's name; without it the name is the one the layer group knows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Freezing:
    """What trains in one phase, resolved against one backbone."""

    trained: frozenset[str]
    """Names of the parameters of `network` that learn."""
    first_group: int
    """Index of the first layer group that holds one; the number of groups when only the head learns."""
    rates: dict[str, float]
    """Peak rate of each trained parameter."""
    update_statistics: bool
    """Whether batch norms in trained groups update their running statistics."""


def resolve_freezing(backbone: AbstractBackbone, phase: Phase) -> Freezing:
    """Select the parameters that `phase` trains, with the rate of each."""
    groups = backbone.layer_groups
    group_of = {name: index for index, group in enumerate(groups) for name in group.parameters}
    start = _first_group(phase, len(groups))
    norms = _norm_parameters(backbone.network)
    trained: dict[str, float] = {}
    for name, _ in backbone.network.named_parameters():
        index = group_of[_original_name(name)]
        if name not in backbone.fixed and index >= start and _trains(phase, name, is_norm=name in norms):
            trained[name] = phase.backbone_rate * phase.layer_decay ** (len(groups) - 1 - index)
    first = min((group_of[_original_name(name)] for name in trained), default=len(groups))
    return Freezing(
        trained=frozenset(trained),
        first_group=first,
        rates=trained,
        update_statistics=phase.batch_norm == "update",
    )


def apply_freezing(backbone: AbstractBackbone, freezing: Freezing) -> None:
    """Set `requires_grad` and the mode of every module for training.

    A frozen batch norm must be in evaluation mode: `requires_grad=False` does not stop its running statistics. Called
    again after anything that calls `train()`.
    """
    backbone.eval()
    for name, parameter in backbone.network.named_parameters():
        parameter.requires_grad_(name in freezing.trained)
    for group in backbone.layer_groups[freezing.first_group :]:
        for module in _modules_of(backbone.network, group):
            module.train()
    if not freezing.update_statistics:
        for module in backbone.network.modules():
            if isinstance(module, _BatchNorm):
                module.eval()


def make_freeze_plan(backbone: AbstractBackbone, phase: Phase, *, cut: str, has_head: bool = True) -> FreezePlan:
    """The table a person sees before training: group, frozen or trained, rate, batch norm, parameters."""
    freezing = resolve_freezing(backbone, phase)
    sizes = {name: parameter.numel() for name, parameter in backbone.network.named_parameters()}
    return FreezePlan(
        phase=phase.name,
        cut=cut,
        rows=tuple(_row(backbone.network, group, freezing, sizes) for group in backbone.layer_groups),
        has_head=has_head,
    )


def _row(network: nn.Module, group: LayerGroup, freezing: Freezing, sizes: Mapping[str, int]) -> FreezeRow:
    own = set(group.parameters)
    trained = [name for name in freezing.trained if _original_name(name) in own]
    has_norm = any(isinstance(m, _BatchNorm) for top in _modules_of(network, group) for m in top.modules())
    updates = bool(trained) and freezing.update_statistics
    return FreezeRow(
        group=group.name,
        trained=bool(trained),
        learning_rate=max((freezing.rates[name] for name in trained), default=None),
        batch_norm="none" if not has_norm else "update" if updates else "frozen",
        num_parameters=group.num_parameters,
        num_trained=sum(sizes[name] for name in trained),
    )


def _first_group(phase: Phase, num_groups: int) -> int:
    if phase.trains == "head":
        return num_groups
    return max(0, num_groups - phase.num_groups) if phase.num_groups else 0


def _trains(phase: Phase, name: str, *, is_norm: bool) -> bool:
    if phase.trains == "lora":
        return _is_adapter(name)
    return phase.trains != "norm-bias" or is_norm or name.endswith("bias")


def _original_name(name: str) -> str:
    return _ADAPTER_PARTS.sub("", name)


def _is_adapter(name: str) -> bool:
    return ".lora_" in name


def _norm_parameters(network: nn.Module) -> frozenset[str]:
    return frozenset(
        f"{path}.{name}" if path else name
        for path, module in network.named_modules()
        if isinstance(module, _BatchNorm | nn.LayerNorm | nn.GroupNorm) or "Norm" in type(module).__name__
        for name, _ in module.named_parameters(recurse=False)
    )


def _modules_of(network: nn.Module, group: LayerGroup) -> Sequence[nn.Module]:
    return [network.get_submodule(name) for name in group.modules]
