"""The plan of one strategy on one backbone, without a search."""

from injerto.backbones.backbone import AbstractBackbone
from injerto.backbones.loading import load_backbone
from injerto.core.errors import UsageError
from injerto.core.plan import Plan
from injerto.planning.default_plan import choose_backbone_name, make_plan
from injerto.workflow.detection import choose_input_size, load_sized
from injerto.workflow.device import choose_device
from injerto.workflow.ready import Ready


def plan_by_rule(
    ready: Ready,
    backbone: str | None,
    strategy: str | None,
    epochs: int | None,
    seed: int,
    device: str,
    arch: str | None,
    size: int | None = None,
) -> tuple[Plan, AbstractBackbone]:
    name, reason = choose_backbone_name(backbone, ready.data.modality)
    grown = load_backbone(name, arch=arch, seed=seed)
    if grown.modality is not ready.data.modality:
        raise UsageError("backbone-modality", backbone=name, modality=grown.modality, data=ready.data.modality)
    device = choose_device(device)
    input_size = None
    if ready.finds_boxes:
        input_size, size_reason = choose_input_size(ready, size, device)
        grown = load_sized(name, size=input_size, arch=arch, seed=seed)
    elif size is not None:
        raise UsageError("size-without-boxes", task=ready.task_name)
    made = make_plan(
        task=ready.task_name,
        data=ready.data,
        splits=ready.splits,
        backbone=grown,
        backbone_reason=reason,
        strategy=strategy,
        epochs=epochs,
        seed=seed,
        device=device,
    )
    if input_size is not None:
        made = made.model_copy(update={"input_size": input_size, "reasons": (*made.reasons, size_reason)})
    return made, grown
