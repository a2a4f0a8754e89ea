"""The two phases that most fine-tuning strategies are made of."""

from typing import Any, Literal

from injerto.core.plan import Phase
from injerto.strategies.recipes import (
    choose_augmentation,
    choose_backbone_rate,
    choose_batch_size,
    choose_epochs,
    choose_kept,
    choose_views,
    stored_views,
)
from injerto.strategies.strategy import Setting


def head_phases(setting: Setting, head: str) -> tuple[Phase, ...]:
    """A first phase for the head alone: in closed form where it is linear, by descent where the task has its own.

    Nothing for other heads, which start at random beside what is tuned.
    """
    if setting.own_head is not None:
        return (head_phase(setting),)
    return (Phase(name="head", solver="closed-form"),) if head == "linear" else ()


def head_phase(setting: Setting, *, views: int = 0, fresh: bool = False) -> Phase:
    """The head alone by descent, from stored views; with `fresh` from new ones, through the whole backbone."""
    seen = {"augment": choose_augmentation(setting)} if fresh else stored_views(setting, views or choose_views(setting))
    return Phase(
        name="head",
        epochs=choose_epochs(setting, longest=60),
        keep=choose_kept(setting),
        learning_rate=2e-3 if setting.own_head is not None else 1e-3,
        batch_size=choose_batch_size(setting),
        clip_norm=5.0,
        **seen,
    )


def fine_tuning_phase(
    setting: Setting,
    name: str,
    *,
    trains: Literal["last", "norm-bias", "lora", "all"],
    rate: float = 0.0,
    **overrides: Any,
) -> Phase:
    """A gradient phase by the recipe for this setting, at its rate for 0; `overrides` are fields of `Phase`."""
    settings: dict[str, Any] = {
        "epochs": choose_epochs(setting),
        "backbone_rate": rate or choose_backbone_rate(setting),
        "batch_size": choose_batch_size(setting),
        "augment": choose_augmentation(setting),
        "keep": choose_kept(setting),
        "clip_norm": 1.0 if setting.own_head is None else 5.0,
        "weight_decay": 0.01 if not setting.has_batch_norm else 1e-4,
    }
    return Phase(name=name, trains=trains, **(settings | overrides))
