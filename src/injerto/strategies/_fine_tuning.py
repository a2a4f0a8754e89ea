"""The two phases that most fine-tuning strategies are made of."""

from typing import Any, Literal

from injerto.core.plan import Phase
from injerto.strategies.recipes import (
    choose_augmentation,
    choose_backbone_rate,
    choose_batch_size,
    choose_epochs,
    choose_kept,
)
from injerto.strategies.strategy import Setting


def head_phases(head: str) -> tuple[Phase, ...]:
    """A closed-form start for a linear head; nothing for a head that only gradient descent can train."""
    return (Phase(name="head", solver="closed-form"),) if head == "linear" else ()


def fine_tuning_phase(
    setting: Setting, name: str, *, trains: Literal["last", "norm-bias", "lora", "all"], **overrides: Any
) -> Phase:
    """A gradient phase by the recipe for this setting; `overrides` are fields of `Phase`."""
    settings: dict[str, Any] = {
        "epochs": choose_epochs(setting),
        "backbone_rate": choose_backbone_rate(setting),
        "batch_size": choose_batch_size(setting),
        "augment": choose_augmentation(setting),
        "keep": choose_kept(setting),
        "weight_decay": 0.01 if not setting.has_batch_norm else 1e-4,
    }
    return Phase(name=name, trains=trains, **(settings | overrides))
